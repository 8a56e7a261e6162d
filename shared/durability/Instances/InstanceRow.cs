namespace Sluice.Durability.Instances;

internal readonly record struct InstanceRow(Guid Id, long Renewals, bool Fenced);

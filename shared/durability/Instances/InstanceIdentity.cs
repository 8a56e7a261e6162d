namespace Sluice.Durability.Instances;

/// <param name="Service">Name of the process, as in <c>batch-worker</c>.</param>
/// <param name="Address">Internal URL at which peers reach it; may be empty.</param>
internal sealed record InstanceIdentity(string Service, string Address);

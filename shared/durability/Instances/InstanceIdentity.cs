namespace Sluice.Durability.Instances;

/// <param name="Service">Name of the process, as in <c>batch-worker</c>.</param>
/// <param name="Address">URL at which other instances reach it; may be empty.</param>
internal sealed record InstanceIdentity(string Service, string Address);

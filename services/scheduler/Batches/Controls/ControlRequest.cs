namespace Sluice.Scheduler.Batches.Controls;

/// <summary>Who wants to change which batch.</summary>
/// <param name="Tenant">Of the caller.</param>
/// <param name="Id">The batch, as the caller wrote it.</param>
/// <param name="Expected">ETags that it accepts; null for any.</param>
internal sealed record ControlRequest(string Tenant, string Id, IReadOnlyList<string>? Expected);

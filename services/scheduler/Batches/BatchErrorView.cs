namespace Sluice.Scheduler.Batches;

/// <summary>A bad line; <paramref name="Line"/> is null for an error of the whole file.</summary>
internal sealed record BatchErrorView(string Code, string Message, string? Param, long? Line);

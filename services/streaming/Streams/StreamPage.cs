namespace Sluice.Streaming.Streams;

/// <summary>The streams of a tenant, the newest first.</summary>
internal sealed record StreamPage(IReadOnlyList<StreamItem> Data);

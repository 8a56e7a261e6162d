using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>A response that can be read.</summary>
/// <param name="Key">Which.</param>
/// <param name="Surface">The API that made it.</param>
/// <param name="Live">While it is generated here; else null.</param>
/// <param name="Stored">What the database says of it, when it is not generated here.</param>
internal sealed record FoundResponse(
    ResponseKey Key, ResponseSurface Surface, Response? Live, StoredResponse? Stored)
{
    public string Id => Key.PublicId(Surface);

    /// <summary>Position after the last event that can be read now.</summary>
    public long Next => Live?.Frames.Readable ?? Stored!.Next;
}

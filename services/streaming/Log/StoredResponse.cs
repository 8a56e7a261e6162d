using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>A response as the database has it.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Surface">The form of its events.</param>
/// <param name="State">One of <see cref="ResponseState"/>.</param>
/// <param name="Head">What its chunks begin with.</param>
/// <param name="Next">Position after the last committed event.</param>
internal sealed record StoredResponse(string Tenant, ResponseSurface Surface, string State, byte[] Head, long Next)
{
    /// <summary>
    /// The instance that generates it, or did to its end; <see cref="ResponseHandover.Nobody"/> while it is handed
    /// over.
    /// </summary>
    public Guid Owner { get; init; }

    /// <summary>It was deleted, or was not to be stored and its time is over.</summary>
    public bool IsGone { get; init; }

    public bool IsEnded => State != ResponseState.Running;
}

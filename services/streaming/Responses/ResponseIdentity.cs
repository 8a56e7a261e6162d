namespace Sluice.Streaming.Responses;

/// <summary>Which response, whose, of which model, and whether it goes through the log.</summary>
internal sealed record ResponseIdentity(ResponseKey Key, string Tenant, string Model, bool IsLogged)
{
    public ResponseSurface Surface { get; init; }

    /// <summary>It goes on without a reader.</summary>
    public bool IsBackground { get; init; }

    /// <summary>False for one that is kept only until its end and <c>Streaming:ResumeWindow</c>.</summary>
    public bool IsStored { get; init; } = true;

    /// <summary>
    /// Stored with it, for another instance to go on with the answer and for responses that continue the conversation;
    /// empty when neither can be.
    /// </summary>
    public ReadOnlyMemory<byte> Request { get; init; }

    /// <summary>Another instance can go on with the answer.</summary>
    public bool CanContinue { get; init; }

    /// <summary>Position of the first event that is generated here; more than 0 after a takeover.</summary>
    public long Start { get; init; }
}

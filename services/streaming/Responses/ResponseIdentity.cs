namespace Sluice.Streaming.Responses;

/// <summary>Which response, whose, of which model, and whether it goes through the log.</summary>
internal sealed record ResponseIdentity(ResponseKey Key, string Tenant, string Model, bool IsLogged)
{
    /// <summary>Stored for another instance to go on with the answer; empty when that cannot be.</summary>
    public ReadOnlyMemory<byte> Request { get; init; }

    /// <summary>Position of the first event that is generated here; more than 0 after a takeover.</summary>
    public long Start { get; init; }
}

using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>A response as the database has it.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="State">One of <see cref="ResponseState"/>.</param>
/// <param name="Head">What its chunks begin with.</param>
/// <param name="Next">Position after the last committed event.</param>
internal sealed record StoredResponse(string Tenant, string State, byte[] Head, long Next)
{
    public bool IsEnded => State != ResponseState.Running;
}

namespace Sluice.Streaming.Admission;

/// <summary>A place among the active responses that has no request.</summary>
internal sealed class ActivePlace(ActiveResponses responses) : IDisposable
{
    public void Dispose() => responses.Leave();
}

namespace Sluice.Streaming.Admission;

/// <summary>
/// A place among the active responses, entered by its maker, of one that was taken over, and the memory that it holds.
/// </summary>
internal sealed class ActivePlace(ActiveResponses responses) : IDisposable
{
    public HeldBytes Held { get; } = new(responses);

    public void Dispose()
    {
        Held.Dispose();
        responses.Leave();
    }
}

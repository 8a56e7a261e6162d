using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Admission;

/// <summary>
/// A reader's place. Entered before what it is to read is started: a creation that is refused for lack of one has not
/// called a provider. Left once, however often it is disposed.
/// </summary>
internal sealed class ReaderPlace : IDisposable
{
    private ActiveResponses? _active;

    private ReaderPlace(ActiveResponses active) => _active = active;

    /// <exception cref="ResponseRefusedException"><c>Streaming:MaxReaders</c> is reached.</exception>
    public static ReaderPlace Enter(ActiveResponses active) => active.TryEnterReader()
        ? new ReaderPlace(active)
        : throw new ResponseRefusedException(Refusal.TooManyReaders);

    public void Dispose() => Interlocked.Exchange(ref _active, null)?.LeaveReader();
}

using Sluice.Streaming.FanOut;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class ReaderSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1_000)]
    public async Task All_that_wait_are_woken(int count)
    {
        var signals = Enumerable.Range(0, count).Select(_ => new ReaderSignal()).ToList();
        for (var round = 0; round < 3; round++)
        {
            var waits = Task.WhenAll(signals.Select(signal => signal.Arm().AsTask()));

            ReaderSignal.Wake(signals);

            await waits.WaitAsync(Patience);
        }
    }
}

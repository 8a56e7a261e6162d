using System.Text;
using Shouldly;
using Sluice.Streaming.FanOut;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class WaitingReadersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(1_000, true)]
    public void Many_readers_are_handed_one_copy_of_what_they_waited_for(int count, bool isHanded)
    {
        var (frames, readers) = (new FrameWindow(1 << 20), new WaitingReaders());
        frames.Add(0, "id: 0\n\n"u8);
        frames.Release(1);
        var signals = Wait(readers, count);
        frames.Add(1, "id: 1\n\n"u8);
        frames.Add(2, "id: 2\n\n"u8);

        readers.Release(frames, 3);

        var released = signals[0].Released;
        signals.ShouldAllBe(signal => ReferenceEquals(signal.Released, released));
        (released is not null).ShouldBe(isHanded);
        if (released is not null)
        {
            (released.From, released.Next).ShouldBe((1, 3));
            Encoding.UTF8.GetString(released.Bytes.Span).ShouldBe("id: 1\n\nid: 2\n\n");
        }
    }

    [Fact]
    public void One_that_waits_again_has_nothing_in_its_hands()
    {
        var (frames, readers) = (new FrameWindow(1 << 20), new WaitingReaders());
        var signals = Wait(readers, 8);
        frames.Add(0, "id: 0\n\n"u8);
        readers.Release(frames, 1);
        signals[0].Released.ShouldNotBeNull();

        _ = signals[0].Arm().AsTask();

        signals[0].Released.ShouldBeNull();
    }

    [Fact]
    public void What_does_not_lie_together_is_handed_up_to_there()
    {
        var (frames, readers) = (new FrameWindow(1 << 20), new WaitingReaders());
        var signals = Wait(readers, 8);
        var large = new byte[100_000];
        frames.Add(0, "id: 0\n\n"u8);
        frames.Add(1, large);

        readers.Release(frames, 2);

        signals[0].Released.ShouldNotBeNull().Next.ShouldBe(1);
    }

    [Fact]
    public async Task Those_that_are_woken_for_an_end_or_a_loss_are_handed_nothing()
    {
        var (frames, readers) = (new FrameWindow(1 << 20), new WaitingReaders());
        var signals = Enumerable.Range(0, 8).Select(_ => new ReaderSignal()).ToList();
        var waits = Task.WhenAll(signals.Select(signal => signal.Arm().AsTask()));
        signals.ForEach(readers.Add);
        frames.Add(0, "id: 0\n\n"u8);

        readers.Wake();

        await waits.WaitAsync(Patience);
        signals.ShouldAllBe(signal => signal.Released == null);
    }

    private static List<ReaderSignal> Wait(WaitingReaders readers, int count)
    {
        var signals = Enumerable.Range(0, count).Select(_ => new ReaderSignal()).ToList();
        foreach (var signal in signals)
        {
            _ = signal.Arm().AsTask();
            readers.Add(signal);
        }

        return signals;
    }
}

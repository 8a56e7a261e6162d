using System.Text;
using Shouldly;
using Sluice.Streaming.FanOut;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class FollowedFramesTests
{
    private const string Text =
        "id: 0\ndata: {\"a\":\"\\n\\n\"}\n\n: hb\nevent: response.completed\nid: 1\ndata: {}\n\n: hb\n: hb\n"
        + "data: {\"error\":{\"message\":\"id: 9\"}}\n\nid: 12\ndata: [DO";

    [Fact]
    public void Frames_are_taken_with_their_positions_and_without_heartbeats()
    {
        var (frames, rest) = Take(Text);

        frames.ShouldBe([
            (0, "id: 0\ndata: {\"a\":\"\\n\\n\"}\n\n"),
            (1, "event: response.completed\nid: 1\ndata: {}\n\n"),
            (-1, "data: {\"error\":{\"message\":\"id: 9\"}}\n\n")]);
        rest.ShouldBe("id: 12\ndata: [DO");
    }

    [Fact]
    public void However_they_arrive_they_are_the_same()
    {
        var whole = Take(Text).Frames;
        for (var cut = 0; cut <= Text.Length; cut++)
        {
            var (first, rest) = Take(Text[..cut]);
            var (second, _) = Take(rest + Text[cut..]);

            first.Concat(second).ShouldBe(whole, $"cut at {cut}");
        }
    }

    private static (List<(long Seq, string Frame)> Frames, string Left) Take(string text)
    {
        ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(text);
        var frames = new List<(long, string)>();
        while (FollowedFrames.TryTake(ref bytes, out var seq, out var frame))
        {
            frames.Add((seq, Encoding.UTF8.GetString(frame.Span)));
        }

        return (frames, Encoding.UTF8.GetString(bytes.Span));
    }
}

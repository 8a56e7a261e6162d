using System.Text;
using Shouldly;
using Sluice.Inference.Responses;

namespace Sluice.Tests.Unit.Inference.Responses;

/// <summary>A response from its creation on, with the chunks of a provider.</summary>
internal sealed class ResponsesRun
{
    public static readonly DateTimeOffset CreatedAt = DateTimeOffset.FromUnixTimeSeconds(1000);

    public ResponsesRun(string more = "")
    {
        Request = TestResponses.Request(more);
        Events = new ResponsesEvents(Request, CreatedAt, new TimeStandingStill(), Recorded);
        Events.Created();
        if (Request.Background)
        {
            Events.Queued();
        }

        Events.InProgress();
    }

    public ResponsesRequest Request { get; }

    public ResponsesEvents Events { get; }

    public RecordedEvents Recorded { get; } = new();

    public static byte[] Delta(string delta, string more = "") => Encoding.UTF8.GetBytes(
        $$$"""{"id":"x","choices":[{"index":0,"delta":{{{delta}}},"finish_reason":null{{{more}}}}],"usage":null}""");

    public static byte[] Text(string escaped) => Delta($$"""{"content":"{{escaped}}"}""");

    public static byte[] Call(string call) => Delta($$"""{"tool_calls":[{{call}}]}""");

    public static byte[] Finish(string reason) => Encoding.UTF8.GetBytes(
        $$"""{"choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""");

    public static byte[] Usage(string usage) => Encoding.UTF8.GetBytes($$"""{"choices":[],"usage":{{usage}}}""");

    /// <summary>Adds the chunks and completes.</summary>
    public RecordedEvents Answer(params byte[][] chunks)
    {
        Add(chunks);
        Events.Complete().ShouldBeTrue();
        return Recorded;
    }

    public ResponsesRun Add(params byte[][] chunks)
    {
        foreach (var chunk in chunks)
        {
            Events.Add(chunk).ShouldBeTrue();
        }

        return this;
    }

    /// <summary>Another process that finds the first events of this one.</summary>
    public (ResponsesEvents Events, RecordedEvents Recorded) TakeOver(int events)
    {
        var recorded = new RecordedEvents(events);
        var next = new ResponsesEvents(Request, CreatedAt, new TimeStandingStill(), recorded);
        foreach (var one in Recorded.All.Take(events))
        {
            next.Restore(one);
        }

        return (next, recorded);
    }

    private sealed class TimeStandingStill : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(2000);
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Inference.Responses;

namespace Sluice.Tests.Unit.Inference.Responses;

/// <summary>Keeps the events of a response, and checks what holds for each.</summary>
internal sealed class RecordedEvents(long first = 0) : IResponsesEventSink
{
    private readonly List<byte[]> _events = [];

    public IReadOnlyList<byte[]> All => _events;

    public List<string> Types { get; } = [];

    /// <summary>Bytes of all events.</summary>
    public long Length => _events.Sum(e => (long)e.Length);

    public void Add(ResponsesEvent one)
    {
        var json = Encoding.UTF8.GetString(one.Json.Span);
        json.ShouldStartWith($$"""{"type":"{{one.Type}}","sequence_number":{{first + _events.Count}},""");
        json.ShouldNotContain('\n');
        _events.Add(one.Json.ToArray());
        Types.Add(one.Type);
    }

    public string Text(int index) => Encoding.UTF8.GetString(_events[index]);

    public JsonObject Json(int index) => JsonNode.Parse(_events[index])!.AsObject();

    public JsonObject Only(string type) => Json(Types.IndexOf(type));

    /// <summary>The response of the last event.</summary>
    public JsonObject Response => Json(_events.Count - 1)["response"]!.AsObject();

    public string Output => Response["output"]!.ToJsonString();
}

using System.Buffers;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// What the events of a response have told, for one whose writer is gone and has not told its end. Linear in the length
/// of the answer; holds it once. Not thread-safe.
/// </summary>
/// <param name="id">Our id of the response.</param>
public sealed class ToldResponse(string id)
{
    private readonly AnswerMapping _answer = new(new OutputItems(id, new EventWriter(new NoSink())));
    private byte[] _lifecycle = [];

    /// <summary>An event has told what was asked for, so that there is a response object.</summary>
    public bool HasBegun => _lifecycle.Length > 0;

    /// <summary>Takes in an event; called for each, from the first one on.</summary>
    /// <param name="eventJson">A JSON object; not kept.</param>
    /// <exception cref="JsonException">It is no event of a response of ours.</exception>
    public void Restore(ReadOnlyMemory<byte> eventJson)
    {
        var response = ResponsesEvents.ResponseOf(eventJson);
        if (response.IsEmpty)
        {
            _answer.Restore(ReplayedEvent.Read(eventJson));
        }
        else
        {
            _lifecycle = response.ToArray();
        }
    }

    /// <summary>
    /// The response object, as <see cref="ResponsesEvents.Fail"/> would have told it: with the output so far.
    /// </summary>
    /// <param name="code">A stable code.</param>
    /// <param name="message">A sentence for the caller.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ReadOnlyMemory<byte> Failed(string code, string message)
    {
        if (!HasBegun)
        {
            throw new InvalidOperationException("No event has told what the response is.");
        }

        _answer.IsCut = true;
        var output = new ArrayBufferWriter<byte>(_lifecycle.Length);
        new ResponseJson(_lifecycle).Write(
            output, new ResponseStanding("failed") { Error = (code, message) }, _answer.Items.All, _answer.Usage);
        return output.WrittenMemory;
    }

    /// <summary>What is taken in was told before: nothing is told again.</summary>
    private sealed class NoSink : IResponsesEventSink
    {
        public void Add(ResponsesEvent one) => throw new InvalidOperationException("An event was told twice.");
    }
}

using System.Buffers;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// Turns the chunks of one chat completion into the events of a response. Each event goes to the sink at once and in
/// order, with dense sequence numbers. One item of text is open at a time; calls of functions stay open until the
/// answer ends, since providers may send their arguments by turns. Linear in the length of the answer; holds it once,
/// and is bounded by what the provider may send. Not thread-safe.
/// </summary>
public sealed class ResponsesEvents
{
    private readonly TimeProvider _time;
    private readonly EventWriter _events;
    private readonly ResponseJson _response;
    private readonly AnswerMapping _answer;
    private string? _lastLifecycle;

    /// <param name="request">The request that is answered.</param>
    /// <param name="createdAt">When the response was made; a takeover must give the same.</param>
    /// <param name="time">For the time of completion.</param>
    /// <param name="sink">Takes the events.</param>
    public ResponsesEvents(
        ResponsesRequest request,
        DateTimeOffset createdAt,
        TimeProvider time,
        IResponsesEventSink sink)
    {
        ArgumentNullException.ThrowIfNull(request);
        _time = time;
        _events = new EventWriter(sink);
        _response = new ResponseJson(request, createdAt);
        _answer = new AnswerMapping(new OutputItems(request.Id, _events));
        IsBackground = request.Background;
    }

    /// <summary>The terminal event was written; nothing may follow.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>
    /// Nothing but text has been told, so that the answer can be continued from <see cref="OutputText"/>.
    /// </summary>
    public bool IsPlainText => _answer.Items.All.All(i => i.Parts.TrueForAll(p => p.Kind == PartKind.Text));

    /// <summary>The text told so far, as the inside of a JSON string; a copy.</summary>
    public ReadOnlyMemory<byte> OutputText
    {
        get
        {
            var text = new ArrayBufferWriter<byte>();
            foreach (var part in _answer.Items.All.SelectMany(i => i.Parts).Where(p => p.Kind == PartKind.Text))
            {
                text.Write(part.Text);
            }

            return text.WrittenMemory;
        }
    }

    private bool IsBackground { get; }

    /// <summary>
    /// Takes over an event that another writer has written for the same request and time: nothing is written again.
    /// Called for each, from the first on and after any of them, the other calls write what is still missing.
    /// </summary>
    /// <param name="eventJson">A JSON object; not kept.</param>
    /// <exception cref="JsonException">It is no event of a response of ours.</exception>
    public void Restore(ReadOnlyMemory<byte> eventJson) => Restore(ReplayedEvent.Read(eventJson));

    /// <summary>
    /// The response object of a lifecycle event, as a slice of it; empty for other events. That of the last such event
    /// is the answer to <c>GET /v1/responses/{id}</c>.
    /// </summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static ReadOnlyMemory<byte> ResponseOf(ReadOnlyMemory<byte> eventJson) =>
        RawJson.Member(eventJson, "response"u8);

    /// <summary>Writes <c>response.created</c>, unless it was written.</summary>
    public void Created()
    {
        if (_lastLifecycle is null)
        {
            Tell(EventTypes.Created, IsBackground ? ResponseStanding.Queued : ResponseStanding.InProgress);
        }
    }

    /// <summary>
    /// Writes <c>response.queued</c>, for a background response, unless it or a later one was written.
    /// </summary>
    public void Queued()
    {
        if (_lastLifecycle == EventTypes.Created)
        {
            Tell(EventTypes.Queued, ResponseStanding.Queued);
        }
    }

    /// <summary>Writes <c>response.in_progress</c>, unless it was written.</summary>
    public void InProgress()
    {
        if (_lastLifecycle is EventTypes.Created or EventTypes.Queued)
        {
            Tell(EventTypes.InProgress, ResponseStanding.InProgress);
        }
    }

    /// <summary>
    /// The chunks to come are those of the whole answer, generated again after
    /// <see cref="Restore(ReadOnlyMemory{byte})"/>: what was told is compared by kind of text and not told again.
    /// Without this call they go on where the events stopped.
    /// </summary>
    public void Rerun() => _answer.BeginRerun();

    /// <summary>Writes the events of one chunk: none, one or several.</summary>
    /// <param name="chunk">A chunk as <c>ChatChunk.Json</c> has it.</param>
    /// <returns>False when a rerun says other than was told; then only <see cref="Fail"/> is left.</returns>
    /// <exception cref="JsonException">It is not valid JSON.</exception>
    public bool Add(ReadOnlySpan<byte> chunk)
    {
        ThrowIfEnded();
        return _answer.Add(ChunkSlices.Read(chunk));
    }

    /// <summary>
    /// Ends the answer after its last chunk: <c>response.completed</c>, or <c>response.incomplete</c> where the
    /// provider stopped it for its length or content.
    /// </summary>
    /// <returns>False when a rerun ended before all that was told; then only <see cref="Fail"/> is left.</returns>
    public bool Complete()
    {
        ThrowIfEnded();
        if (!_answer.TryEnd())
        {
            return false;
        }

        if (_answer.IncompleteReason is { } reason)
        {
            End(EventTypes.Incomplete, new ResponseStanding("incomplete") { Incomplete = reason });
        }
        else
        {
            var now = _time.GetUtcNow().ToUnixTimeSeconds();
            End(EventTypes.Completed, new ResponseStanding("completed") { CompletedAt = now });
        }

        return true;
    }

    /// <summary>
    /// Ends with <c>response.failed</c>; what was told stays in the output. Without a usage from the provider, which
    /// comes last, that of the response has the deltas so far as <c>output_tokens</c> and 0 as <c>input_tokens</c>.
    /// </summary>
    /// <param name="code">A stable code, <c>server_error</c> for instance.</param>
    /// <param name="message">A sentence for the caller.</param>
    public void Fail(string code, string message) =>
        End(EventTypes.Failed, new ResponseStanding("failed") { Error = (code, message) });

    /// <summary>
    /// Ends with <c>response.incomplete</c> whose response has the status <c>cancelled</c>. There is no event for a
    /// cancelled response, and the official clients throw at types they do not know. Usage is as for <see
    /// cref="Fail"/>.
    /// </summary>
    public void Cancel() => End(EventTypes.Incomplete, ResponseStanding.Cancelled);

    private void End(string type, ResponseStanding standing)
    {
        ThrowIfEnded();
        _answer.IsCut = standing.CompletedAt is null && standing.Incomplete is null;
        Tell(type, standing);
        IsEnded = true;
    }

    private void Tell(string type, ResponseStanding standing)
    {
        _lastLifecycle = type;
        _events.Begin(type);
        _events.Output.Write(",\"response\":"u8);
        _response.Write(_events.Output, standing, _answer.Items.All, _answer.Usage);
        _events.End();
    }

    private void Restore(ReplayedEvent one)
    {
        _events.Next = one.SequenceNumber + 1;
        switch (one.Type)
        {
            case EventTypes.Created or EventTypes.Queued or EventTypes.InProgress:
                _lastLifecycle = one.Type;
                break;
            case EventTypes.Completed or EventTypes.Incomplete or EventTypes.Failed:
                _lastLifecycle = one.Type;
                IsEnded = true;
                break;
            default:
                _answer.Restore(one);
                break;
        }
    }

    private void ThrowIfEnded()
    {
        if (IsEnded)
        {
            throw new InvalidOperationException("The response has ended.");
        }
    }
}

namespace Sluice.Inference.Responses;

/// <summary>Makes the response object of a whole chat completion, by the same mapping as that of streams.</summary>
public static class WholeResponse
{
    /// <param name="request">The request that is answered.</param>
    /// <param name="completion">The answer to its <see cref="ResponsesRequest.ToWholeChat"/>.</param>
    /// <param name="time">For the times of creation and completion.</param>
    /// <exception cref="System.Text.Json.JsonException">It is no chat completion.</exception>
    public static ReadOnlyMemory<byte> Of(
        ResponsesRequest request, ReadOnlyMemory<byte> completion, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(time);
        var last = new LastEvent();
        var events = new ResponsesEvents(request, time.GetUtcNow(), time, last);
        events.Add(completion.Span);
        events.Complete();
        return ResponsesEvents.ResponseOf(last.Json);
    }

    private sealed class LastEvent : IResponsesEventSink
    {
        public ReadOnlyMemory<byte> Json { get; private set; }

        public void Add(ResponsesEvent one)
        {
            // Only the terminal event carries the response; the others come before it and are not kept.
            if (one.Type is EventTypes.Completed or EventTypes.Incomplete)
            {
                Json = one.Json.ToArray();
            }
        }
    }
}

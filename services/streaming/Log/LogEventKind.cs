namespace Sluice.Streaming.Log;

/// <summary>What an event of the log is; the numbers are the stored format.</summary>
internal enum LogEventKind : byte
{
    /// <summary>A chunk of a chat completion, without the head that all chunks of the response share.</summary>
    ChatChunk = 1,

    /// <summary>The response is complete. No data.</summary>
    Completed = 2,

    /// <summary>The response ended before it was complete: <c>{"error":…}</c>.</summary>
    Failed = 3,

    /// <summary>An event of the Responses API, whole; its <c>type</c> is the first member.</summary>
    ResponsesEvent = 4,
}

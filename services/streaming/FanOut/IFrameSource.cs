using Sluice.Streaming.Responses;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// The newest frames of a running response in this process's memory: of one that is generated here, or of one that is
/// followed at its owner. Thread-safe; any number of readers.
/// </summary>
internal interface IFrameSource
{
    FrameWindow Frames { get; }

    /// <summary>Position after the response's last event once that can be read, else the largest number.</summary>
    long End { get; }

    /// <summary>Set when readers get no more of it although it has no committed end.</summary>
    Refusal? Refusal { get; }

    /// <summary>Nothing more comes here; what does is in the database.</summary>
    bool IsLost { get; }

    /// <summary>The reader has all before <paramref name="seq"/>.</summary>
    void Taken(long seq);

    /// <summary>Ends when there is something to read at <paramref name="seq"/>, or never will be.</summary>
    ValueTask WaitAsync(ReaderSignal signal, long seq);

    /// <summary>Forgets a reader that has left.</summary>
    void Forget(ReaderSignal signal);
}

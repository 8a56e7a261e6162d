using Sluice.BatchStore.Blobs;
using Sluice.ServiceDefaults.IO;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// The input file of a follow-up batch as a stream: the lines of letters of one input file, read a window of it at a
/// time. Lines that are not there any more are left out. Not thread-safe, asynchronous reads only.
/// </summary>
/// <param name="blobs">Where the input file is.</param>
/// <param name="letters">Lines, in the order of the file.</param>
/// <param name="edited">The only line, instead of what is in the file.</param>
/// <param name="maxBytes">Length after which no further line begins.</param>
internal sealed class FollowUpInput(
    IBlobStore blobs, IReadOnlyList<LetterRow> letters, byte[]? edited, long maxBytes) : ForwardStream
{
    private const int WindowBytes = 256 * 1024;

    private static readonly ReadOnlyMemory<byte> LineEnd = "\n"u8.ToArray();

    private readonly List<LetterRow> _taken = [];
    private readonly List<LetterRow> _missing = [];
    private ReadOnlyMemory<byte> _window;
    private long _windowStart;
    private ReadOnlyMemory<byte> _rest;
    private bool _ends = true;
    private long _bytes;
    private int _next;

    /// <summary>The letters whose lines are in the stream, in their order; complete at its end.</summary>
    public IReadOnlyList<LetterRow> Taken => _taken;

    /// <summary>The letters whose lines are not there any more.</summary>
    public IReadOnlyList<LetterRow> Missing => _missing;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (!_ends)
            {
                (_rest, _ends) = (LineEnd, true);
            }
            else if (!await NextAsync(cancellationToken))
            {
                return 0;
            }
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    private async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (_next == letters.Count || (_bytes > 0 && _bytes + letters[_next].PayloadBytes + 1 > maxBytes))
        {
            return false;
        }

        var letter = letters[_next++];
        var line = edited ?? await LineAsync(letter, cancellationToken);
        if (line is not { Length: > 0 } found)
        {
            _missing.Add(letter);
            return true;
        }

        _taken.Add(letter);
        _bytes += found.Length + 1;
        (_rest, _ends) = (found, false);
        return true;
    }

    private async Task<ReadOnlyMemory<byte>?> LineAsync(LetterRow letter, CancellationToken cancellationToken)
    {
        if (letter is not { BlobId: { } blob, ByteOffset: { } offset, ByteLength: { } length and > 0 })
        {
            return null;
        }

        if (offset < _windowStart || offset + length > _windowStart + _window.Length)
        {
            var window = new byte[Math.Max(WindowBytes, length)];
            var read = await blobs.ReadRangeAsync(blob, offset, window, cancellationToken);
            (_windowStart, _window) = (offset, window.AsMemory(0, read));
        }

        return length <= _window.Length - (offset - _windowStart)
            ? _window.Slice((int)(offset - _windowStart), length)
            : null;
    }
}

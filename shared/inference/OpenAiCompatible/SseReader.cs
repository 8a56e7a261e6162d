using System.Buffers;
using System.Runtime.CompilerServices;

namespace Sluice.Inference.OpenAiCompatible;

/// <summary>
/// Reads the <c>data</c> of server-sent events from a provider (WHATWG HTML, section 9.2): LF, CRLF and CR line ends,
/// comments, data over several lines. Works on bytes, so a character split between two reads stays whole. One reader;
/// the buffer grows up to the bound for an event and no further.
/// </summary>
internal sealed class SseReader(Stream stream, int maxEventBytes, long maxTotalBytes) : IDisposable
{
    private const int FirstBufferBytes = 4_096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
    private int _eventStart;
    private int _scanned;
    private int _lineStart;
    private int _end;
    private long _total;
    private bool _skipLineFeed;
    private Range? _data;
    private ArrayBufferWriter<byte>? _joined;

    /// <summary>Data of the current event; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Moves to the next event with data; false at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">An event or the whole stream is longer than its bound.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        while (!Parse())
        {
            MakeRoom();
            var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                // An event without its blank line is no event.
                return false;
            }

            _end += count;
            _total += count;
            if (_total > maxTotalBytes)
            {
                throw new InvalidDataException($"The stream is longer than {maxTotalBytes} bytes.");
            }
        }

        return true;
    }

    private bool Parse()
    {
        while (true)
        {
            if (_skipLineFeed && _scanned < _end)
            {
                _skipLineFeed = false;
                if (_buffer[_scanned] == '\n')
                {
                    _scanned++;
                    _lineStart = _scanned;
                }
            }

            var length = _buffer.AsSpan(_scanned, _end - _scanned).IndexOfAny((byte)'\n', (byte)'\r');
            if (length < 0)
            {
                _scanned = _end;
                return false;
            }

            var lineEnd = _scanned + length;
            _skipLineFeed = _buffer[lineEnd] == '\r';
            var line = _lineStart..lineEnd;
            _scanned = lineEnd + 1;
            _lineStart = _scanned;
            if (Line(line))
            {
                return true;
            }
        }
    }

    /// <summary>Takes a line; true when it ended an event with data.</summary>
    private bool Line(Range range)
    {
        var line = _buffer.AsSpan(range);
        if (line.IsEmpty)
        {
            return Dispatch();
        }

        var value = DataOf(line);
        if (value < 0)
        {
            return false;
        }

        var data = (range.Start.Value + value)..range.End.Value;
        if (_data is null)
        {
            _data = data;
            return false;
        }

        if (_joined is null)
        {
            _joined = new ArrayBufferWriter<byte>();
            _joined.Write(_buffer.AsSpan(_data.Value));
        }

        _joined.Write("\n"u8);
        _joined.Write(_buffer.AsSpan(data));
        return false;
    }

    private bool Dispatch()
    {
        // Without an event in progress nothing refers to the bytes read so far.
        var hasData = _data is not null;
        Data = _joined?.WrittenMemory ?? (hasData ? _buffer.AsMemory(_data!.Value) : default);
        _data = null;
        _joined = null;
        _eventStart = _lineStart;
        return hasData;
    }

    /// <summary>Offset of the value of a <c>data</c> line; -1 for comments and other fields.</summary>
    private static int DataOf(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("\uFEFF"u8))
        {
            var inner = DataOf(line[3..]);
            return inner < 0 ? -1 : inner + 3;
        }

        if (!line.StartsWith("data"u8))
        {
            return -1;
        }

        if (line.Length == 4)
        {
            return 4;
        }

        return line[4] != ':' ? -1 : line.Length > 5 && line[5] == ' ' ? 6 : 5;
    }

    private void MakeRoom()
    {
        if (_eventStart > 0 && (_eventStart == _end || _end == _buffer.Length))
        {
            _buffer.AsSpan(_eventStart, _end - _eventStart).CopyTo(_buffer);
            Shift(_eventStart);
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        if (_end >= maxEventBytes)
        {
            throw new InvalidDataException($"An event is longer than {maxEventBytes} bytes.");
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(_buffer.Length * 2L, Math.Max(maxEventBytes, _end + 1)));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void Shift(int by)
    {
        _end -= by;
        _scanned -= by;
        _lineStart -= by;
        _eventStart = 0;
        if (_data is { } data)
        {
            _data = (data.Start.Value - by)..(data.End.Value - by);
        }
    }
}

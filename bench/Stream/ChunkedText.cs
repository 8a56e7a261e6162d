using System.Buffers.Text;

namespace Sluice.Bench.Stream;

/// <summary>
/// Takes the chunk framing (RFC 9112, section 7.1) off an answer, as proxies cut chunks anywhere, also within a number.
/// Keeps the text that a later read may complete.
/// </summary>
internal sealed class ChunkedText
{
    private readonly byte[] _text = new byte[64 << 10];
    private int _length;
    private int _left;
    private int _size;
    private bool _hasSize;
    private bool _isBody;
    private uint _headEnd;

    /// <summary>Text since the last <see cref="Keep"/>.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <summary>The last chunk has come.</summary>
    public bool IsComplete { get; private set; }

    public void Reset()
    {
        (_length, _left, _size, _hasSize, _isBody, _headEnd) = (0, 0, 0, false, false, 0);
        IsComplete = false;
    }

    /// <summary>Forgets the text before <paramref name="from"/>.</summary>
    public void Keep(int from)
    {
        _text.AsSpan(from, _length - from).CopyTo(_text);
        _length -= from;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left > 0)
            {
                var count = Math.Min(_left, bytes.Length);
                bytes[..count].CopyTo(_text.AsSpan(_length));
                _length += count;
                _left -= count;
                bytes = bytes[count..];
                continue;
            }

            if (_isBody)
            {
                AddFrame(bytes[0]);
            }
            else
            {
                // The head ends with CR LF CR LF.
                _headEnd = (_headEnd << 8) | bytes[0];
                _isBody = _headEnd == 0x0D0A0D0A;
            }

            bytes = bytes[1..];
        }
    }

    private void AddFrame(byte value)
    {
        if (Utf8Parser.TryParse([value], out uint digit, out _, 'x'))
        {
            _size = (_size << 4) + (int)digit;
            _hasSize = true;
        }
        else if (value == '\n' && _hasSize)
        {
            IsComplete = _size == 0;
            (_left, _size, _hasSize) = (_size, 0, false);
        }
    }
}

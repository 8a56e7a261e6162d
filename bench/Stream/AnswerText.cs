using System.Buffers.Text;

namespace Sluice.Bench.Stream;

/// <summary>
/// Takes the head off an HTTP/1.1 answer, and its chunk framing (RFC 9112, section 7.1) where it has one: proxies cut
/// chunks anywhere, also within a number. Keeps the text that a later read may complete.
/// </summary>
/// <param name="size">Bytes of text or head that it can hold between two <see cref="Keep"/>.</param>
internal sealed class AnswerText(int size = 64 << 10)
{
    private readonly byte[] _text = new byte[size];
    private int _length;
    private int _left;
    private int _size;
    private bool _hasSize;
    private uint _headEnd;

    /// <summary>Text since the last <see cref="Keep"/>; before <see cref="HasHead"/> the head so far.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <summary>The head has come whole.</summary>
    public bool HasHead { get; private set; }

    /// <summary>The status is 200; only once the head has come.</summary>
    public bool IsGood { get; private set; }

    /// <summary>The last chunk has come; never without chunks.</summary>
    public bool IsComplete { get; private set; }

    public void Reset()
    {
        (_length, _left, _size, _hasSize, _headEnd) = (0, 0, 0, false, 0);
        (HasHead, IsGood, IsComplete) = (false, false, false);
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

            if (HasHead)
            {
                AddFrame(bytes[0]);
            }
            else
            {
                AddHead(bytes[0]);
            }

            bytes = bytes[1..];
        }
    }

    private void AddHead(byte value)
    {
        _text[_length++] = value;

        // The head ends with CR LF CR LF.
        _headEnd = (_headEnd << 8) | value;
        HasHead = _headEnd == 0x0D0A0D0A;
        if (HasHead)
        {
            IsGood = Text.StartsWith("HTTP/1.1 200"u8);
            _left = Text.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) < 0 ? int.MaxValue : 0;
            _length = 0;
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

using System.Buffers.Text;

namespace Sluice.Bench.Stream;

/// <summary>Finds the time stamps among the chunks of a completion: <c>"content":" 1234"</c>.</summary>
internal ref struct StampScan(ReadOnlySpan<byte> text)
{
    /// <summary>Longest part of a mark that a read may have cut off.</summary>
    private const int MarkBytes = 16;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _start;

    /// <summary>Where the text begins that the next read may complete; once there is no further stamp.</summary>
    public int Rest { get; private set; }

    /// <summary>The next stamp; contents that are no number are passed over.</summary>
    public bool TryNext(out long stamp)
    {
        var mark = "\"content\":\""u8;
        stamp = 0;
        while (true)
        {
            var found = _text[_start..].IndexOf(mark);
            if (found < 0)
            {
                Rest = Math.Max(_start, _text.Length - MarkBytes);
                return false;
            }

            var value = _start + found + mark.Length;
            var length = _text[value..].IndexOf((byte)'"');
            if (length < 0)
            {
                Rest = _start + found;
                return false;
            }

            _start = value + length;
            if (Utf8Parser.TryParse(_text.Slice(value, length).TrimStart((byte)' '), out stamp, out _))
            {
                return true;
            }
        }
    }
}

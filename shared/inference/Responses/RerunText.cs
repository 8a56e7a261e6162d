namespace Sluice.Inference.Responses;

/// <summary>
/// What was told of one kind of text before the answer is generated again. The new run's text is compared with it and
/// left out, however it is cut into chunks.
/// </summary>
internal sealed class RerunText
{
    private readonly (OutputPart Part, int Length)[] _told;
    private int _part;
    private int _offset;

    /// <param name="parts">The texts one after the other; what is added to them later does not count.</param>
    public RerunText(IEnumerable<OutputPart> parts) => _told = [.. parts.Select(p => (p, p.Text.Length))];

    /// <summary>Nothing is left to compare.</summary>
    public bool IsOver => Rest().IsEmpty;

    /// <summary>Takes from the start of a text what was told; false when it differs.</summary>
    public bool TrySkip(ref ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && Rest() is { IsEmpty: false } rest)
        {
            var length = Math.Min(rest.Length, text.Length);
            if (!rest[..length].SequenceEqual(text[..length]))
            {
                return false;
            }

            _offset += length;
            text = text[length..];
        }

        return true;
    }

    private ReadOnlySpan<byte> Rest()
    {
        while (_part < _told.Length && _offset == _told[_part].Length)
        {
            _part++;
            _offset = 0;
        }

        return _part < _told.Length ? _told[_part].Part.Text[_offset.._told[_part].Length] : default;
    }
}

using System.Buffers.Text;
using System.Text;

namespace Sluice.Inference.Simulated;

/// <summary>
/// The tokens of a script. All of them are printable ASCII that needs no escape in JSON, so that they are copied as
/// they are; the tests hold that for every word of the text.
/// </summary>
internal static class SimulatedTokens
{
    public const int HashCharacters = 64;

    /// <summary>Longest token in bytes.</summary>
    public const int MaxBytes = HashCharacters;

    internal static readonly string[] Sentences =
    [
        "Water finds its level, and a sluice decides when.",
        "Each token here was made up by the simulated model, one after the other, without any network.",
        "The gate opens a little, the stream grows, and the mill begins to turn.",
        "Nothing in this answer was learned; it is the same for the same question, today and tomorrow.",
        "When the day ends the keeper notes the height of the water and closes the gate.",
        "Ask again with other words, and another sentence comes first.",
    ];

    private static readonly byte[][] Words =
        [.. string.Join(' ', Sentences).Split(' ').Select(w => Encoding.ASCII.GetBytes(" " + w))];

    private static readonly int[] SentenceStarts = Starts();

    public static int DefaultCount(SimulatedMode mode) => mode switch
    {
        SimulatedMode.Hash => 1,
        SimulatedMode.Count or SimulatedMode.Stamp => 10,
        _ => Words.Length,
    };

    /// <summary>Writes token <paramref name="index"/> and returns its length.</summary>
    /// <param name="script">The script the token belongs to.</param>
    /// <param name="index">From 0.</param>
    /// <param name="dueMicroseconds">When it was due on the monotonic clock; only stamps show it.</param>
    /// <param name="target">At least <see cref="MaxBytes"/> long.</param>
    public static int Write(SimulatedScript script, int index, long dueMicroseconds, Span<byte> target)
    {
        switch (script.Mode)
        {
            case SimulatedMode.Hash:
                return WriteHashPiece(script, index, target);
            case SimulatedMode.Count:
                return WriteNumber(index, index, target);
            case SimulatedMode.Stamp:
                return WriteNumber(index, dueMicroseconds, target);
            default:
                var first = SentenceStarts[script.Seed % SentenceStarts.Length];
                var word = Words[(first + index) % Words.Length].AsSpan(index == 0 ? 1 : 0);
                word.CopyTo(target);
                return word.Length;
        }
    }

    private static int WriteNumber(int index, long number, Span<byte> target)
    {
        var space = index == 0 ? 0 : 1;
        target[0] = (byte)' ';
        Utf8Formatter.TryFormat(number, target[space..], out var length);
        return length + space;
    }

    private static int WriteHashPiece(SimulatedScript script, int index, Span<byte> target)
    {
        Span<byte> hex = stackalloc byte[HashCharacters];
        Convert.TryToHexStringLower(script.Hash, hex, out _);

        // Pieces of one length; the last takes the rest.
        var length = HashCharacters / script.Pieces;
        var start = index * length;
        var piece = hex[start..(index == script.Pieces - 1 ? HashCharacters : start + length)];
        piece.CopyTo(target);
        return piece.Length;
    }

    private static int[] Starts()
    {
        var starts = new int[Sentences.Length];
        for (var i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + Sentences[i - 1].Split(' ').Length;
        }

        return starts;
    }
}

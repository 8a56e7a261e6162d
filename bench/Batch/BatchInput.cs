using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Bench.Batch;

/// <summary>
/// Lines that the simulated model answers with the hash of their message, so that every answer can be checked.
/// </summary>
internal sealed class BatchInput
{
    private const string IdPrefix = "line-";

    private readonly string _directives;

    private BatchInput(int lines, string directives)
    {
        (Lines, _directives) = (lines, directives);
        var content = new ArrayBufferWriter<byte>(lines * 150);
        for (var n = 1; n <= lines; n++)
        {
            Encoding.UTF8.GetBytes(
                $$$"""{"custom_id":"{{{IdPrefix}}}{{{n}}}","method":"POST","url":"/v1/chat/completions","body":"""
                + $$$"""{"model":"sluice-sim","messages":[{"role":"user","content":"{{{Message(n)}}}"}]}}"""
                + "\n",
                content);
        }

        Content = content.WrittenMemory;
    }

    public int Lines { get; }

    /// <summary>JSON Lines.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <param name="lines">How many.</param>
    /// <param name="directives">To the simulated model, beside that for the hash.</param>
    public static BatchInput Create(int lines, string directives = "") => new(lines, directives);

    /// <summary>
    /// The line of a <c>custom_id</c>, from 1; 0 when there is none, or the answer is not its own.
    /// </summary>
    public int LineOf(string customId, string answer) =>
        customId.StartsWith(IdPrefix, StringComparison.Ordinal)
        && int.TryParse(customId.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var line)
        && line <= Lines
        && answer == Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Message(line))))
            ? line
            : 0;

    private string Message(int line) =>
        string.Create(CultureInfo.InvariantCulture, $"@sim hash{_directives} #{line}");
}

using System.Globalization;
using System.Text;
using Sluice.BatchStore.Results;

namespace Sluice.Tests.Integration.BatchStore;

/// <summary>Pages whose lines are just their numbers; 10 prompt and 20 completion tokens per line.</summary>
internal static class TestPages
{
    public static ResultPage Page(int no, int[] output, int[] error, bool last = false) => new()
    {
        No = no,
        OutputLines = output,
        Output = Body(output),
        ErrorLines = error,
        Error = Body(error),
        PromptTokens = 10 * (output.Length + error.Length),
        CompletionTokens = 20 * (output.Length + error.Length),
        Last = last,
    };

    /// <summary>A page of one line that failed for good.</summary>
    public static ResultPage Failed(int no, int line, string code) => new()
    {
        No = no,
        OutputLines = [],
        Output = default,
        ErrorLines = [line],
        Error = Body([line]),
        Letters = [new(line, "id", 0, 5, code, "It failed.", 1)],
    };

    private static byte[] Body(int[] lines) =>
        Encoding.UTF8.GetBytes(string.Concat(lines.Select(n => n.ToString(CultureInfo.InvariantCulture) + "\n")));
}

using Sluice.BatchStore.DeadLetters;

namespace Sluice.BatchStore.Results;

/// <summary>
/// Results of some lines of one shard that commit together: what goes to the output file and what to the error file.
/// </summary>
public sealed class ResultPage
{
    /// <summary>Number in the shard; ascending over all owners, gaps allowed.</summary>
    public required int No { get; init; }

    /// <summary>1-based physical line numbers in <see cref="Output"/>.</summary>
    public required int[] OutputLines { get; init; }

    /// <summary>JSON Lines, each ended by <c>\n</c>; must stay unchanged until the append returned.</summary>
    public required ReadOnlyMemory<byte> Output { get; init; }

    /// <summary>1-based physical line numbers in <see cref="Error"/>.</summary>
    public required int[] ErrorLines { get; init; }

    /// <summary>As <see cref="Output"/>.</summary>
    public required ReadOnlyMemory<byte> Error { get; init; }

    /// <summary>Those of the <see cref="ErrorLines"/> that failed, as opposed to those that never ran.</summary>
    public IReadOnlyList<LineLetter> Letters { get; init; } = [];

    /// <summary>Input tokens of these lines as the providers counted them.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Output tokens of these lines as the providers counted them.</summary>
    public long CompletionTokens { get; init; }

    /// <summary>Attempts at these lines after their first.</summary>
    public int Retries { get; init; }

    /// <summary>Why the last of them was needed, a word; null when there was none.</summary>
    public string? RetryCause { get; init; }

    /// <summary>The shard's last page: the same commit makes the shard done.</summary>
    public bool Last { get; init; }
}

namespace Sluice.BatchStore.Results;

/// <summary>What the pages of a shard hold already.</summary>
/// <param name="Lines">1-based physical numbers of the lines that have a result.</param>
/// <param name="NextPage">First page number that is not used.</param>
public sealed record CommittedLines(IReadOnlySet<int> Lines, int NextPage)
{
    /// <summary>The highest of the lines; 0 for none.</summary>
    public int Last { get; } = Lines.Count == 0 ? 0 : Lines.Max();
}

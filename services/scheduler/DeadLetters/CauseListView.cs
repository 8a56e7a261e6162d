namespace Sluice.Scheduler.DeadLetters;

/// <summary>The causes, the most frequent first.</summary>
internal sealed record CauseListView(IReadOnlyList<CauseView> Data)
{
    public string Object { get; } = "list";
}

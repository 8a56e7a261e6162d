namespace Sluice.Scheduler.Batches;

/// <summary><c>errors</c> of a batch whose input was refused.</summary>
internal sealed record BatchErrorsView(IReadOnlyList<BatchErrorView> Data)
{
    public string Object { get; } = "list";
}

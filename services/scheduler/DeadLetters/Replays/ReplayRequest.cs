namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>What a client wants to have sent again: some letters by id, or those of a filter.</summary>
/// <param name="Filter">Names ids, or anything else but a state.</param>
/// <param name="DryRun">Count only.</param>
/// <param name="Token">Of the dry run; a filter needs it.</param>
/// <param name="Rate">Letters per second; null for as fast as they go.</param>
/// <param name="StopAfter">Letters that fail again after which the rest stays open.</param>
internal sealed record ReplayRequest(LetterFilter Filter, bool DryRun, ReplayToken? Token, int? Rate, int StopAfter)
{
    public const int DefaultStopAfter = 100;

    /// <summary>One letter.</summary>
    public static ReplayRequest Of(Guid letter) =>
        new(new() { Ids = [letter] }, DryRun: false, Token: null, Rate: null, DefaultStopAfter);
}

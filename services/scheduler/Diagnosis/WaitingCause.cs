namespace Sluice.Scheduler.Diagnosis;

/// <summary>Shards that came back to the table, and are not due yet.</summary>
/// <param name="Cause">Why, a word: the text of an error is for operators.</param>
/// <param name="Shards">How many.</param>
/// <param name="DueInSeconds">When the first of them is due.</param>
internal sealed record WaitingCause(string Cause, int Shards, double DueInSeconds);

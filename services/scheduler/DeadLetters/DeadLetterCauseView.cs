namespace Sluice.Scheduler.DeadLetters;

/// <summary>Why something failed: a line's code, or a message's exception type; and what was said.</summary>
internal sealed record DeadLetterCauseView(string Code, string Message);

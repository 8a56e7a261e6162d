namespace Sluice.Scheduler.Batches.Validation;

/// <summary>What is wrong with a line, before it is known which line that is.</summary>
internal sealed record LineProblem(string Code, string Message, string? Param = null);

namespace Sluice.Scheduler.DeadLetters;

/// <summary>What came with a message.</summary>
/// <param name="ContentType">As the broker had it.</param>
/// <param name="Headers">JSON in the form of the outbox: ids, <c>h</c> the headers, <c>p</c> the properties.</param>
/// <param name="Body">Null when it was longer than what is kept.</param>
internal sealed record LetterContent(string? ContentType, string? Headers, byte[]? Body);

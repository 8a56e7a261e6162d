namespace Sluice.Scheduler.Batches.Validation;

/// <summary>One bad line of an input file.</summary>
/// <param name="Line">1-based physical line; null for an error of the whole file.</param>
/// <param name="Code">One of <see cref="LineErrorCode"/>.</param>
/// <param name="Message">For people; names the line's field and value, bounded in length.</param>
/// <param name="Param">The field, dotted (<c>body.model</c>), where one is to blame.</param>
internal sealed record LineError(long? Line, string Code, string Message, string? Param = null);

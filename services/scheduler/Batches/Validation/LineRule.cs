namespace Sluice.Scheduler.Batches.Validation;

/// <summary>Checks one line.</summary>
/// <param name="line">Without its line end; not blank.</param>
/// <param name="customId">128 bits that stand for its custom_id, when the line is good.</param>
/// <returns>Null when the line is good.</returns>
internal delegate LineProblem? LineRule(ReadOnlySpan<byte> line, out UInt128 customId);

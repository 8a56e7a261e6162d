namespace Sluice.BatchStore.Measures;

/// <summary>Primary key of a measure.</summary>
/// <param name="Kind">What it is of.</param>
/// <param name="Name">Whose: a model; empty for a kind that has only one.</param>
public readonly record struct MeasureKey(MeasureKind Kind, string Name);

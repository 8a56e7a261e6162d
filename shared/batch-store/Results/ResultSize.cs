namespace Sluice.BatchStore.Results;

/// <summary>Size of one of a batch's files.</summary>
/// <param name="Lines">Lines in it.</param>
/// <param name="Bytes">Length in bytes.</param>
public readonly record struct ResultSize(long Lines, long Bytes);

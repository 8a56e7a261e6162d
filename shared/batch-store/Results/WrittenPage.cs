namespace Sluice.BatchStore.Results;

/// <summary>A page that may be handed out.</summary>
/// <param name="Position">Where the reader is after it.</param>
/// <param name="Bytes">Length of its body.</param>
public readonly record struct WrittenPage(PagePosition Position, int Bytes);

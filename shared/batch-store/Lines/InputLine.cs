namespace Sluice.BatchStore.Lines;

/// <summary>A line of an input file.</summary>
/// <param name="Number">1-based physical line number.</param>
/// <param name="Bytes">UTF-8 without the line end (<c>\n</c> or <c>\r\n</c>) and without a byte order mark.</param>
/// <param name="Offset">Where it begins in the blob.</param>
public readonly record struct InputLine(long Number, ReadOnlyMemory<byte> Bytes, long Offset);

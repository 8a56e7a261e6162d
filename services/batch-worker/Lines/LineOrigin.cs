using Sluice.BatchStore.Lines;

namespace Sluice.BatchWorker.Lines;

/// <summary>Where a result comes from.</summary>
/// <param name="Number">1-based physical line number.</param>
/// <param name="CustomId">Raw JSON, quotes included; <c>null</c> as JSON when the line has none.</param>
/// <param name="Offset">Where the line begins in the input file.</param>
/// <param name="Length">Bytes of the line; 0 when it could not be read.</param>
internal readonly record struct LineOrigin(int Number, ReadOnlyMemory<byte> CustomId, long Offset, int Length)
{
    public static LineOrigin Of(InputLine line, BatchRequest request) =>
        new((int)line.Number, request.CustomId, line.Offset, line.Bytes.Length);
}

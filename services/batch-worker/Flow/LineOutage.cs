namespace Sluice.BatchWorker.Flow;

/// <summary>A line whose calls fail as if its provider were down.</summary>
/// <param name="Line">Id of the line's request; the same however often it runs.</param>
/// <param name="Failed">Timestamp of the first such failure of this run.</param>
internal readonly record struct LineOutage(string Line, long Failed);

namespace Sluice.BatchWorker.Flow;

/// <summary>A place for one call at a provider; give it back with its outcome.</summary>
/// <param name="Line">Id of the line's request.</param>
/// <param name="Since">Timestamp of the start.</param>
/// <param name="IsProbe">The one call that may tell whether a parked provider is back.</param>
internal readonly record struct CallPlace(string Line, long Since, bool IsProbe);

namespace Sluice.Streaming.Log;

/// <summary>One event of a response.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Data">UTF-8 JSON or a part of it, see <see cref="LogEventKind"/>; borrowed from the reader.</param>
internal readonly record struct LogEvent(LogEventKind Kind, ReadOnlyMemory<byte> Data);

using System.Text.Json.Serialization;

namespace Sluice.Scheduler.Jobs;

/// <summary>A result as its page has it, a JSON object; goes out byte for byte.</summary>
[JsonConverter(typeof(RawResultConverter))]
internal readonly record struct RawResult(ReadOnlyMemory<byte> Json);

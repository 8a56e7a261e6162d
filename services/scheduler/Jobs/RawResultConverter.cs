using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Scheduler.Jobs;

/// <summary>
/// Writes results without reading them: a task's data may be nested deeper, or hold halves of surrogate pairs, which a
/// document would refuse.
/// </summary>
internal sealed class RawResultConverter : JsonConverter<RawResult>
{
    public override RawResult Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Results are only written.");

    public override void Write(Utf8JsonWriter writer, RawResult value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
    }
}

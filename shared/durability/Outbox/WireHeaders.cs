using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RabbitMQ.Client;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Headers and properties of a message that came from the broker, in the form of <see cref="OutboxHeaders"/>: so that
/// it can be looked at, and sent again by the outbox. Everything is kept, also what MassTransit and the broker added.
/// </summary>
public static class WireHeaders
{
    // What told of the failure, and counters that would go on: the message starts anew.
    private static readonly string[] Dropped =
        ["MT-Fault-", "MT-Host-", "MT-Reason", "MT-Redelivery-Count", "x-", "MT-Scheduling-"];

    private static readonly JsonWriterOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON of all headers and properties; tables and lists stay tables and lists.</summary>
    public static string Write(IReadOnlyBasicProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            if (Guid.TryParse(properties.CorrelationId, out var correlation))
            {
                json.WriteString("correlationId", correlation);
            }

            json.WriteStartObject("h");
            foreach (var (name, value) in properties.Headers ?? new Dictionary<string, object?>(StringComparer.Ordinal))
            {
                json.WritePropertyName(name);
                WriteValue(json, value);
            }

            json.WriteEndObject();
            WriteProperties(json, properties);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The headers to send it again with: without those of its failure, and with one that names it.</summary>
    /// <param name="stored">What <see cref="Write"/> made, or the headers of an outbox row.</param>
    /// <param name="name">A header to add.</param>
    /// <param name="value">Its value.</param>
    public static byte[] ForReplay(string stored, string name, string value)
    {
        using var document = JsonDocument.Parse(stored);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("mandatory", true);
            json.WriteStartObject("h");
            if (document.RootElement.TryGetProperty("h", out var headers))
            {
                foreach (var header in headers.EnumerateObject().Where(h => IsKept(h) && h.Name != name))
                {
                    header.WriteTo(json);
                }
            }

            json.WriteString(name, value);
            json.WriteEndObject();
            var others = document.RootElement.EnumerateObject().Where(m => m.Name is not ("h" or "mandatory"));
            foreach (var member in others)
            {
                member.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static bool IsKept(JsonProperty header) =>
        header.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null)
        && !Dropped.Any(prefix => header.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static void WriteProperties(Utf8JsonWriter json, IReadOnlyBasicProperties properties)
    {
        json.WriteStartObject("p");
        if (properties.IsPriorityPresent())
        {
            json.WriteNumber("RMQ-Priority", properties.Priority);
        }

        WriteText(json, "RMQ-AppId", properties.AppId);
        WriteText(json, "RMQ-Type", properties.Type);
        WriteText(json, "RMQ-ReplyTo", properties.ReplyTo);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case byte[] bytes: json.WriteStringValue(Encoding.UTF8.GetString(bytes)); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case float or double: WriteNumber(json, Convert.ToDouble(value, null)); break;
            case decimal number: json.WriteNumberValue(number); break;
            case ulong number: json.WriteNumberValue(number); break;
            case byte or sbyte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, null));
                break;
            case AmqpTimestamp time: json.WriteNumberValue(time.UnixTime); break;
            case IDictionary<string, object?> table:
                json.WriteStartObject();
                foreach (var (name, item) in table)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, item);
                }

                json.WriteEndObject();
                break;
            case System.Collections.IEnumerable list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    WriteValue(json, item);
                }

                json.WriteEndArray();
                break;
            default: json.WriteStringValue(Convert.ToString(value, null)); break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(number.ToString(null, null));
        }
    }
}

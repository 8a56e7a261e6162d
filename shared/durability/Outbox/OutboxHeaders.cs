using System.Text.Json;
using MassTransit;
using MassTransit.Context;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Everything of a send context that is not in the body: transport headers and properties, ids, addresses. Stored as
/// one compact JSON document, as <c>bytea</c>: jsonb refuses U+0000.
/// </summary>
internal static class OutboxHeaders
{
    private const string HeadersName = "h";
    private const string PropertiesName = "p";

    /// <summary>
    /// Properties that the columns carry, or that the relay must not see: a delay is over when it publishes.
    /// </summary>
    private static readonly string[] DroppedProperties = ["Delay", "RMQ-Exchange", "Mandatory"];

    public static byte[] Write(SendContext context, bool mandatory)
    {
        using var buffer = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteId(json, "correlationId", context.CorrelationId);
            WriteId(json, "conversationId", context.ConversationId);
            WriteId(json, "initiatorId", context.InitiatorId);
            WriteId(json, "requestId", context.RequestId);
            WriteAddress(json, "source", context.SourceAddress);
            WriteAddress(json, "response", context.ResponseAddress);
            WriteAddress(json, "fault", context.FaultAddress);
            if (mandatory)
            {
                json.WriteBoolean("mandatory", true);
            }

            WriteValues(json, HeadersName, context.Headers.GetAll());
            if (context is TransportSendContext transport)
            {
                var properties = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
                transport.WritePropertiesTo(properties);
                foreach (var name in DroppedProperties)
                {
                    properties.Remove(name);
                }

                WriteValues(json, PropertiesName, properties);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static void Apply(byte[] stored, SendContext context)
    {
        using var document = JsonDocument.Parse(stored);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            switch (member.Name)
            {
                case "correlationId": context.CorrelationId = member.Value.GetGuid(); break;
                case "conversationId": context.ConversationId = member.Value.GetGuid(); break;
                case "initiatorId": context.InitiatorId = member.Value.GetGuid(); break;
                case "requestId": context.RequestId = member.Value.GetGuid(); break;
                case "source": context.SourceAddress = new Uri(member.Value.GetString()!); break;
                case "response": context.ResponseAddress = new Uri(member.Value.GetString()!); break;
                case "fault": context.FaultAddress = new Uri(member.Value.GetString()!); break;
                case "mandatory" when context is PublishContext publish: publish.Mandatory = true; break;
                case HeadersName:
                    foreach (var header in member.Value.EnumerateObject())
                    {
                        context.Headers.Set(header.Name, Value(header.Value));
                    }

                    break;
                case PropertiesName when context is TransportSendContext transport:
                    ReadProperties(member.Value, transport);
                    break;
            }
        }
    }

    private static void ReadProperties(JsonElement stored, TransportSendContext context)
    {
        // The context resets what the dictionary does not name, so the flag set before has to be among it.
        var properties = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in stored.EnumerateObject())
        {
            // A number that was a byte, as the priority is, is only taken as a byte again.
            properties[property.Name] = property.Value is { ValueKind: JsonValueKind.Number } value
                && value.TryGetByte(out var small) ? small : Value(property.Value)!;
        }

        if (properties.Count > 0)
        {
            properties["Mandatory"] = context.Mandatory;
            context.ReadPropertiesFrom(properties);
        }
    }

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? whole : value.GetDouble(),
        JsonValueKind.Null => null,
        _ => value.GetString(),
    };

    private static void WriteId(Utf8JsonWriter json, string name, Guid? value)
    {
        if (value is { } id)
        {
            json.WriteString(name, id);
        }
    }

    private static void WriteAddress(Utf8JsonWriter json, string name, Uri? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value.ToString());
        }
    }

    private static void WriteValues(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, object>> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            switch (value)
            {
                case string text: json.WriteString(key, text); break;
                case bool flag: json.WriteBoolean(key, flag); break;
                case byte or sbyte or short or ushort or int or uint or long:
                    json.WriteNumber(key, Convert.ToInt64(value, null));
                    break;
                case float or double: json.WriteNumber(key, Convert.ToDouble(value, null)); break;
                case DateTime time: json.WriteString(key, time); break;
                case DateTimeOffset time: json.WriteString(key, time); break;
                case Guid id: json.WriteString(key, id); break;
                case Uri uri: json.WriteString(key, uri.ToString()); break;
                case IFormattable formattable: json.WriteString(key, formattable.ToString(null, null)); break;
                // Structured values travel in the envelope only; transport headers are scalars.
                default: break;
            }
        }

        json.WriteEndObject();
    }
}

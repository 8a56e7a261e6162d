using System.Text.Json;

namespace Sluice.BatchStore.Lines;

/// <summary>
/// The parts of an input line that running it needs, as slices of the line: <c>custom_id</c> and <c>body</c>, raw.
/// </summary>
/// <param name="CustomId">Raw JSON string, quotes included; <c>null</c> as JSON when the line has none.</param>
/// <param name="Body">Raw JSON object; empty when the line has none.</param>
public readonly record struct BatchRequest(ReadOnlyMemory<byte> CustomId, ReadOnlyMemory<byte> Body)
{
    private static readonly ReadOnlyMemory<byte> NullJson = "null"u8.ToArray();

    /// <summary>
    /// Finds the members at the top of the line's object; a repeated member counts with its last value, as in
    /// <see cref="JsonDocument"/>. Lines were validated before, so this checks no more than it reads.
    /// </summary>
    /// <returns>False when the line is not a JSON object.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> line, out BatchRequest request)
    {
        var (customId, body) = (NullJson, ReadOnlyMemory<byte>.Empty);
        var reader = new Utf8JsonReader(line.Span);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                request = new(customId, body);
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isCustomId = reader.ValueTextEquals("custom_id"u8);
                var isBody = !isCustomId && reader.ValueTextEquals("body"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var value = line[start..(int)reader.BytesConsumed];
                if (isCustomId && reader.TokenType == JsonTokenType.String)
                {
                    customId = value;
                }
                else if (isBody && reader.TokenType == JsonTokenType.EndObject)
                {
                    body = value;
                }
            }

            request = new(customId, body);
            return true;
        }
        catch (JsonException)
        {
            request = new(customId, body);
            return false;
        }
    }
}

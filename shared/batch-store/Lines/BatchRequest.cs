using System.Text;
using System.Text.Json;

namespace Sluice.BatchStore.Lines;

/// <summary>
/// The parts of an input line that running it needs. A line is a request of the OpenAI batch format
/// (<c>url</c>, <c>body</c>) or, without a <c>url</c>, a task (<c>type</c>, <c>data</c>, <c>max_retries</c>).
/// </summary>
/// <param name="CustomId">Raw JSON string, quotes included; <c>null</c> as JSON when the line has none.</param>
/// <param name="Body">Raw JSON object; empty when the line has none.</param>
public readonly record struct BatchRequest(ReadOnlyMemory<byte> CustomId, ReadOnlyMemory<byte> Body)
{
    private static readonly ReadOnlyMemory<byte> NullJson = "null"u8.ToArray();

    /// <summary>UTF-8 of the path; empty when the line has none.</summary>
    public ReadOnlyMemory<byte> Url { get; init; }

    /// <summary>UTF-8 of the task's type; empty when the line has none.</summary>
    public ReadOnlyMemory<byte> Type { get; init; }

    /// <summary>Raw JSON value of the task's data; empty when the line has none.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Attempts after the first one that the task asks for; null when it leaves that open.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>
    /// Finds the members at the top of the line's object; a repeated member counts with its last value, as in
    /// <see cref="JsonDocument"/>. Lines were validated before, so this checks no more than it reads.
    /// </summary>
    /// <returns>False when the line is not a JSON object whose names are text.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> line, out BatchRequest request)
    {
        request = new(NullJson, ReadOnlyMemory<byte>.Empty);
        var reader = new Utf8JsonReader(line.Span);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                request = request.WithMember(line, ref reader);
            }

            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter for half of a surrogate pair in a name, which can be compared with nothing.
            return false;
        }
    }

    private BatchRequest WithMember(ReadOnlyMemory<byte> line, ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("custom_id"u8))
        {
            var id = Value(line, ref reader);
            return reader.TokenType == JsonTokenType.String ? this with { CustomId = id } : this;
        }

        if (reader.ValueTextEquals("body"u8))
        {
            var body = Value(line, ref reader);
            return reader.TokenType == JsonTokenType.EndObject ? this with { Body = body } : this;
        }

        if (reader.ValueTextEquals("url"u8))
        {
            return this with { Url = Text(line, ref reader) };
        }

        if (reader.ValueTextEquals("type"u8))
        {
            return this with { Type = Text(line, ref reader) };
        }

        if (reader.ValueTextEquals("data"u8))
        {
            return this with { Data = Value(line, ref reader) };
        }

        var isRetries = reader.ValueTextEquals("max_retries"u8);
        reader.Read();
        var retries = isRetries && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var count)
            ? count
            : MaxRetries;
        reader.Skip();
        return this with { MaxRetries = retries };
    }

    private static ReadOnlyMemory<byte> Value(ReadOnlyMemory<byte> line, ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return line[start..(int)reader.BytesConsumed];
    }

    /// <summary>The text of a string, a slice where nothing in it is escaped; empty for any other value.</summary>
    private static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> line, ref Utf8JsonReader reader)
    {
        var value = Value(line, ref reader);
        if (reader.TokenType != JsonTokenType.String)
        {
            return default;
        }

        if (!reader.ValueIsEscaped)
        {
            return value[1..^1];
        }

        try
        {
            return Encoding.UTF8.GetBytes(reader.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair names nothing.
            return default;
        }
    }
}

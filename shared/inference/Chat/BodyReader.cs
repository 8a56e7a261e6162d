using System.Text.Json;
using System.Text.Unicode;

namespace Sluice.Inference.Chat;

/// <summary>
/// What all request bodies have in common: one pass over a JSON object without building a document, up to the first
/// fault.
/// </summary>
internal static class BodyReader
{
    /// <summary>Reads the member whose name the reader is at, and its value.</summary>
    public delegate ChatRequestError? MemberReader<in T>(ref Utf8JsonReader reader, T fields);

    /// <summary>Null when the body is one that these take.</summary>
    /// <param name="body">As it was sent.</param>
    /// <param name="fields">Where the members go.</param>
    /// <param name="readMember">Takes each member.</param>
    /// <param name="complete">Takes the whole.</param>
    public static ChatRequestError? Read<T>(
        ReadOnlySpan<byte> body, T fields, MemberReader<T> readMember, Func<T, ChatRequestError?> complete)
    {
        if (!Utf8.IsValid(body))
        {
            return new("The request body is not valid UTF-8.", null);
        }

        try
        {
            var reader = new Utf8JsonReader(body);
            return ReadObject(ref reader, fields, readMember) ?? complete(fields);
        }
        catch (JsonException exception)
        {
            var where = $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            return new($"The request body is not valid JSON ({where}).", null);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, escaped, is valid JSON; comparing such a name or text throws.
            return new("A name or text in the request body is not valid Unicode text.", null);
        }
    }

    /// <summary><c>model</c>, of which every request has one.</summary>
    public static ChatRequestError? ReadModel(ref Utf8JsonReader reader, out string? model)
    {
        model = null;
        if (Require(ref reader, "model", JsonKinds.String) is { } error)
        {
            return error;
        }

        model = JsonText.Read(ref reader);
        return string.IsNullOrEmpty(model) ? new("'model' must name a model.", "model") : null;
    }

    public static ChatRequestError? ReadInteger(ref Utf8JsonReader reader, string name, int max, out int? value)
    {
        value = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number
            || !reader.TryGetInt32(out var number) || number < 1 || number > max)
        {
            return new($"'{name}' must be an integer from 1 to {max}.", name);
        }

        value = number;
        return null;
    }

    public static ChatRequestError? Require(ref Utf8JsonReader reader, string name, JsonKinds allowed)
    {
        var kind = KindOf(ref reader);
        return (kind & allowed) != JsonKinds.None
            ? null
            : new($"'{name}' must be {allowed.Describe()}, not {kind.Describe()}.", name);
    }

    private static JsonKinds KindOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => JsonKinds.String,
        JsonTokenType.Number => reader.TryGetInt64(out _) ? JsonKinds.Number | JsonKinds.Integer : JsonKinds.Number,
        JsonTokenType.True or JsonTokenType.False => JsonKinds.Boolean,
        JsonTokenType.StartObject => JsonKinds.Object,
        JsonTokenType.StartArray => JsonKinds.Array,
        JsonTokenType.Null => JsonKinds.Null,
        _ => JsonKinds.None,
    };

    private static ChatRequestError? ReadObject<T>(ref Utf8JsonReader reader, T fields, MemberReader<T> readMember)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return new("The request body must be a JSON object.", null);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Found or not among the known names: who reads the body later cannot search it.
            if (!JsonText.IsText(ref reader))
            {
                return new("A name in the request body is not valid Unicode text.", null);
            }

            if (readMember(ref reader, fields) is { } error)
            {
                return error;
            }
        }

        // What comes behind the object is no JSON either.
        reader.Read();
        return null;
    }
}

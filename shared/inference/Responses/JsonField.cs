using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Responses;

/// <summary>
/// A field of a request body and its path, as a refusal names it. A field that is null counts as missing, as the public
/// API has it.
/// </summary>
internal readonly struct JsonField(JsonElement value, string path)
{
    public JsonElement Value { get; } = value;

    public string Path { get; } = path;

    public bool IsMissing => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsTrue => Value.ValueKind == JsonValueKind.True;

    /// <summary>The string; null when it is none. Only for fields that were checked.</summary>
    public string? Text => Value.ValueKind == JsonValueKind.String ? Value.GetString() : null;

    /// <summary>The value as it stands in the body, strings with their quotes.</summary>
    public ReadOnlySpan<byte> Raw => JsonMarshal.GetRawUtf8Value(Value);

    public JsonField this[string name] => new(
        Value.ValueKind == JsonValueKind.Object && Value.TryGetProperty(name, out var member) ? member : default,
        Path.Length == 0 ? name : $"{Path}.{name}");

    /// <summary>The elements; none when it is no array.</summary>
    public IEnumerable<JsonField> Elements()
    {
        if (Value.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }

        var index = 0;
        foreach (var element in Value.EnumerateArray())
        {
            yield return new(element, $"{Path}[{index++}]");
        }
    }

    public ChatRequestError Refuse(string message) => new(message, Path);

    public ChatRequestError? Required(JsonKinds kinds) =>
        IsMissing ? Refuse($"'{Path}' is required.") : Optional(kinds);

    /// <summary>Strings must be Unicode text.</summary>
    public ChatRequestError? Optional(JsonKinds kinds)
    {
        if (IsMissing)
        {
            return null;
        }

        var kind = Kind();
        if ((kind & kinds) == JsonKinds.None)
        {
            return Refuse($"'{Path}' must be {kinds.Describe()}, not {kind.Describe()}.");
        }

        return kind == JsonKinds.String && JsonSurrogates.FirstLone(Raw) >= 0
            ? Refuse($"'{Path}' is not valid Unicode text.")
            : null;
    }

    public ChatRequestError? OneOf(params ReadOnlySpan<string> values)
    {
        if (Optional(JsonKinds.String) is { } error)
        {
            return error;
        }

        return IsMissing || values.Contains(Text!)
            ? null
            : Refuse($"'{Path}' must be one of {string.Join(", ", values.ToArray().Select(v => $"'{v}'"))}.");
    }

    public ChatRequestError? Integer(int min, int max)
    {
        if (IsMissing)
        {
            return null;
        }

        return Value.ValueKind == JsonValueKind.Number
            && Value.TryGetInt32(out var number) && number >= min && number <= max
                ? null
                : Refuse($"'{Path}' must be an integer from {min} to {max}.");
    }

    public ChatRequestError? Number(double min, double max)
    {
        if (Optional(JsonKinds.Number) is { } error)
        {
            return error;
        }

        return IsMissing || (Value.TryGetDouble(out var number) && number >= min && number <= max)
            ? null
            : Refuse($"'{Path}' must be a number from {min} to {max}.");
    }

    private JsonKinds Kind() => Value.ValueKind switch
    {
        JsonValueKind.String => JsonKinds.String,
        JsonValueKind.Number => JsonKinds.Number,
        JsonValueKind.True or JsonValueKind.False => JsonKinds.Boolean,
        JsonValueKind.Object => JsonKinds.Object,
        JsonValueKind.Array => JsonKinds.Array,
        _ => JsonKinds.Null,
    };
}

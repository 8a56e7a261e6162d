using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// Walks over the members of a JSON object as slices of it; over none when the value is no object. Names are compared
/// as they stand: an escaped one is none that is looked for, and is never decoded.
/// </summary>
internal ref struct JsonMembers
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly bool _isObject;
    private Utf8JsonReader _reader;
    private ReadOnlySpan<byte> _name;
    private JsonTokenType _kind;

    /// <exception cref="JsonException">It does not begin with a JSON value.</exception>
    public JsonMembers(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RawJson.MaxDepth });
        _isObject = _reader.Read() && _reader.TokenType == JsonTokenType.StartObject;
    }

    /// <summary>The member's name as it stands, without its quotes.</summary>
    public readonly ReadOnlySpan<byte> Name => _name;

    /// <summary>The value; a string with its quotes.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <summary>The inside of a string; empty for any other value.</summary>
    public readonly ReadOnlySpan<byte> Text => _kind == JsonTokenType.String ? Raw[1..^1] : default;

    /// <exception cref="JsonException">The object is not valid JSON here.</exception>
    public bool Next()
    {
        if (!_isObject || !_reader.Read() || _reader.TokenType != JsonTokenType.PropertyName)
        {
            return false;
        }

        _name = _reader.ValueSpan;
        _reader.Read();
        _kind = _reader.TokenType;
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        Raw = _json[start..(int)_reader.BytesConsumed];
        return true;
    }

    public readonly bool NameIs(ReadOnlySpan<byte> name) => _name.SequenceEqual(name);

    /// <summary>The value when it begins with this token; else empty.</summary>
    public readonly ReadOnlySpan<byte> RawOf(JsonTokenType kind) => _kind == kind ? Raw : default;
}

using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>Walks over the elements of a JSON array as slices of it; over none when the value is no array.</summary>
internal ref struct JsonElements
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly bool _isArray;
    private Utf8JsonReader _reader;

    /// <exception cref="JsonException">It does not begin with a JSON value.</exception>
    public JsonElements(ReadOnlySpan<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = RawJson.MaxDepth });
        _isArray = _reader.Read() && _reader.TokenType == JsonTokenType.StartArray;
    }

    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <exception cref="JsonException">The array is not valid JSON here.</exception>
    public bool Next()
    {
        if (!_isArray || !_reader.Read() || _reader.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }

        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        Raw = _json[start..(int)_reader.BytesConsumed];
        return true;
    }
}

using System.Text.Json;
using System.Text.Unicode;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Embeddings;

/// <summary>Checks a body in one pass without building a document, as <see cref="ChatRequestReader"/> does.</summary>
internal static class EmbeddingRequestReader
{
    private const int MaxDimensions = 65_536;

    public static ChatRequestError? Read(ReadOnlySpan<byte> body, EmbeddingFields fields)
    {
        if (!Utf8.IsValid(body))
        {
            return new("The request body is not valid UTF-8.", null);
        }

        try
        {
            var reader = new Utf8JsonReader(body);
            return ReadObject(ref reader, fields);
        }
        catch (JsonException exception)
        {
            var where = $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            return new($"The request body is not valid JSON ({where}).", null);
        }
    }

    private static ChatRequestError? ReadObject(ref Utf8JsonReader reader, EmbeddingFields fields)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return new("The request body must be a JSON object.", null);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (ReadField(ref reader, fields) is { } error)
            {
                return error;
            }
        }

        reader.Read();
        return fields.Model is null ? new("'model' is required.", "model")
            : fields.Count == 0 ? new("'input' is required.", "input")
            : null;
    }

    private static ChatRequestError? ReadField(ref Utf8JsonReader reader, EmbeddingFields fields)
    {
        if (reader.ValueTextEquals("input"u8))
        {
            reader.Read();
            return EmbeddingInputReader.Read(ref reader, fields);
        }

        if (reader.ValueTextEquals("model"u8))
        {
            reader.Read();
            return ReadModel(ref reader, fields);
        }

        if (reader.ValueTextEquals("dimensions"u8))
        {
            reader.Read();
            return ReadDimensions(ref reader, fields);
        }

        if (reader.ValueTextEquals("encoding_format"u8))
        {
            reader.Read();
            return ReadFormat(ref reader, fields);
        }

        var isUser = reader.ValueTextEquals("user"u8);
        reader.Read();
        var error = isUser
            ? ChatRequestReader.Require(ref reader, "user", JsonKinds.String | JsonKinds.Null)
            : null;
        reader.Skip();
        return error;
    }

    private static ChatRequestError? ReadModel(ref Utf8JsonReader reader, EmbeddingFields fields)
    {
        if (ChatRequestReader.Require(ref reader, "model", JsonKinds.String) is { } error)
        {
            return error;
        }

        fields.Model = JsonText.Read(ref reader);
        return string.IsNullOrEmpty(fields.Model) ? new("'model' must name a model.", "model") : null;
    }

    private static ChatRequestError? ReadDimensions(ref Utf8JsonReader reader, EmbeddingFields fields)
    {
        fields.Dimensions = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var number)
            || number is < 1 or > MaxDimensions)
        {
            return new($"'dimensions' must be an integer from 1 to {MaxDimensions}.", "dimensions");
        }

        fields.Dimensions = number;
        return null;
    }

    private static ChatRequestError? ReadFormat(ref Utf8JsonReader reader, EmbeddingFields fields)
    {
        fields.IsBase64 = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("base64"u8);
        return fields.IsBase64
            || reader.TokenType == JsonTokenType.Null
            || (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("float"u8))
                ? null
                : new("'encoding_format' must be 'float' or 'base64'.", "encoding_format");
    }
}

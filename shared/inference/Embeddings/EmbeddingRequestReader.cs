using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Embeddings;

/// <summary>Checks a body in one pass without building a document, as <see cref="ChatRequestReader"/> does.</summary>
internal static class EmbeddingRequestReader
{
    private const int MaxDimensions = 65_536;

    public static ChatRequestError? Read(ReadOnlySpan<byte> body, EmbeddingFields fields) =>
        BodyReader.Read(body, fields, ReadField, Complete);

    private static ChatRequestError? Complete(EmbeddingFields fields) =>
        fields.Model is null ? new("'model' is required.", "model")
        : fields.Count == 0 ? new("'input' is required.", "input")
        : null;

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
            var fault = BodyReader.ReadModel(ref reader, out var model);
            fields.Model = model;
            return fault;
        }

        if (reader.ValueTextEquals("dimensions"u8))
        {
            reader.Read();
            var fault = BodyReader.ReadInteger(ref reader, "dimensions", MaxDimensions, out var dimensions);
            fields.Dimensions = dimensions;
            return fault;
        }

        if (reader.ValueTextEquals("encoding_format"u8))
        {
            reader.Read();
            return ReadFormat(ref reader, fields);
        }

        var isUser = reader.ValueTextEquals("user"u8);
        reader.Read();
        var error = isUser
            ? BodyReader.Require(ref reader, "user", JsonKinds.String | JsonKinds.Null)
            : null;
        reader.Skip();
        return error;
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

using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Sluice.Inference.Embeddings;

/// <summary>
/// Checks a provider's answer and puts our model's name into it; everything else is copied byte for byte, but vectors
/// of numbers where base64 was asked for: some servers ignore the format, and the official clients do not look.
/// </summary>
internal static class EmbeddingRewriter
{
    /// <exception cref="JsonException">The body is no answer to the request.</exception>
    public static byte[] Rewrite(ReadOnlyMemory<byte> body, EmbeddingRequest request)
    {
        if (!Utf8.IsValid(body.Span))
        {
            throw new JsonException("The answer is not valid UTF-8.");
        }

        var reader = new Utf8JsonReader(body.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The answer is not an object.");
        }

        var output = new ArrayBufferWriter<byte>(body.Length + 128);
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("object"u8, "list"u8);
            writer.WriteString("model"u8, request.Model);
        }

        var count = Copy(ref reader, body.Span, request, output);
        output.Write("}"u8);
        return count == request.Count && !reader.Read()
            ? output.WrittenSpan.ToArray()
            : throw new JsonException($"The answer has {count} vectors, not {request.Count}.");
    }

    /// <summary>Copies the members; how many vectors they have.</summary>
    private static int Copy(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> body, EmbeddingRequest request, ArrayBufferWriter<byte> output)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isOurs = reader.ValueTextEquals("object"u8) || reader.ValueTextEquals("model"u8);
            var isData = !isOurs && reader.ValueTextEquals("data"u8);
            var start = (int)reader.TokenStartIndex;
            reader.Read();
            if (isData)
            {
                output.Write(",\"data\":"u8);
                count = CopyData(ref reader, body, request.IsBase64, output);
                continue;
            }

            reader.Skip();
            if (!isOurs)
            {
                output.Write(","u8);
                output.Write(body[start..(int)reader.BytesConsumed]);
            }
        }

        return count;
    }

    private static int CopyData(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool isBase64, ArrayBufferWriter<byte> output)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("The answer's data is no array.");
        }

        var count = 0;
        output.Write("["u8);
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            output.Write(count == 0 ? ""u8 : ","u8);
            CopyItem(ref reader, body, isBase64, output);
        }

        output.Write("]"u8);
        return count;
    }

    private static void CopyItem(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> body, bool isBase64, ArrayBufferWriter<byte> output)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An element of the answer's data is no object.");
        }

        var (members, hasVector) = (0, false);
        output.Write("{"u8);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            output.Write(members++ == 0 ? ""u8 : ","u8);
            var isVector = reader.ValueTextEquals("embedding"u8);
            var start = (int)reader.TokenStartIndex;
            reader.Read();
            if (isVector && isBase64 && reader.TokenType == JsonTokenType.StartArray)
            {
                WriteBase64(ReadVector(ref reader), output);
                hasVector = true;
                continue;
            }

            hasVector |= isVector && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.String;
            reader.Skip();
            output.Write(body[start..(int)reader.BytesConsumed]);
        }

        output.Write("}"u8);
        if (!hasVector)
        {
            throw new JsonException("An element of the answer's data has no embedding.");
        }
    }

    private static List<float> ReadVector(ref Utf8JsonReader reader)
    {
        var vector = new List<float>(1_536);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            vector.Add(reader.TokenType == JsonTokenType.Number
                ? reader.GetSingle()
                : throw new JsonException("A vector has what is no number."));
        }

        return vector;
    }

    private static void WriteBase64(List<float> vector, ArrayBufferWriter<byte> output)
    {
        // A writer of its own: the output holds no complete JSON yet, and a writer begins with none.
        var member = new ArrayBufferWriter<byte>(vector.Count * 6);
        using (var writer = new Utf8JsonWriter(member, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            EmbeddingVectors.Write(writer, CollectionsMarshal.AsSpan(vector), isBase64: true);
            writer.WriteEndObject();
        }

        output.Write(member.WrittenSpan[1..^1]);
    }
}

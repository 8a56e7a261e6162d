using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Sluice.Inference.Embeddings;

namespace Sluice.Inference.Simulated;

/// <summary>
/// Answers with vectors of length one that are a pure function of the input and of their dimensions: the same text has
/// the same vector wherever it stands. Written as it is made: memory is the answer's.
/// </summary>
internal static class SimulatedEmbeddings
{
    public const int MaxDimensions = 3_072;

    private const int DefaultDimensions = 1_536;

    /// <summary>The usual rule of thumb: four bytes a token.</summary>
    private const int BytesPerToken = 4;

    public static byte[] Answer(EmbeddingRequest request)
    {
        var vector = new float[request.Dimensions ?? DefaultDimensions];
        var output = new ArrayBufferWriter<byte>(vector.Length * 8 * request.Count);
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        var tokens = WriteAll(writer, request, vector);
        writer.WriteEndArray();
        writer.WriteString("model"u8, request.Model);
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("prompt_tokens"u8, tokens);
        writer.WriteNumber("total_tokens"u8, tokens);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The first text, for its directives; empty when the input is tokens.</summary>
    public static ReadOnlySpan<byte> FirstText(EmbeddingRequest request, Span<byte> buffer)
    {
        var reader = new Utf8JsonReader(request.Input.Span);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            reader.Read();
        }

        return reader.TokenType == JsonTokenType.String ? buffer[..reader.CopyString(buffer)] : [];
    }

    private static long WriteAll(Utf8JsonWriter writer, EmbeddingRequest request, float[] vector)
    {
        var input = request.Input.Span;
        var buffer = ArrayPool<byte>.Shared.Rent(input.Length * sizeof(int));
        try
        {
            var reader = new Utf8JsonReader(input);
            reader.Read();
            var total = 0L;
            if (reader.TokenType == JsonTokenType.StartArray && request.Count > 0 && !IsTokens(input))
            {
                for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
                {
                    total += Write(writer, request, vector, index, Bytes(ref reader, buffer, out var tokens), tokens);
                }

                return total;
            }

            return Write(writer, request, vector, 0, Bytes(ref reader, buffer, out var count), count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsTokens(ReadOnlySpan<byte> input)
    {
        var reader = new Utf8JsonReader(input);
        reader.Read();
        reader.Read();
        return reader.TokenType == JsonTokenType.Number;
    }

    /// <summary>A text as UTF-8, or tokens as 32-bit numbers; leaves the reader at the input's end.</summary>
    private static ReadOnlySpan<byte> Bytes(ref Utf8JsonReader reader, Span<byte> buffer, out int tokens)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            var length = reader.CopyString(buffer);
            tokens = Math.Max(1, length / BytesPerToken);
            return buffer[..length];
        }

        for (tokens = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; tokens++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(buffer[(tokens * sizeof(int))..], reader.GetInt32());
        }

        return buffer[..(tokens * sizeof(int))];
    }

    private static int Write(
        Utf8JsonWriter writer,
        EmbeddingRequest request,
        float[] vector,
        int index,
        ReadOnlySpan<byte> input,
        int tokens)
    {
        Fill(vector, input);
        writer.WriteStartObject();
        writer.WriteString("object"u8, "embedding"u8);
        writer.WriteNumber("index"u8, index);
        EmbeddingVectors.Write(writer, vector, request.IsBase64);
        writer.WriteEndObject();
        return tokens;
    }

    /// <summary>SplitMix64 from the input's hash, then scaled to length one.</summary>
    private static void Fill(float[] vector, ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        var state = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        var squares = 0.0;
        for (var i = 0; i < vector.Length; i++)
        {
            state = unchecked(state + 0x9E3779B97F4A7C15);
            var mixed = state;
            mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
            mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB);
            mixed ^= mixed >> 31;
            vector[i] = (float)((mixed >> 11) * (2.0 / (1UL << 53)) - 1.0);
            squares += vector[i] * (double)vector[i];
        }

        var scale = (float)(1 / Math.Sqrt(squares));
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] *= scale;
        }
    }
}

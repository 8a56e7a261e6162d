using System.Buffers.Binary;
using System.Text.Json;

namespace Sluice.Inference.Embeddings;

/// <summary>Writes the member <c>embedding</c>.</summary>
internal static class EmbeddingVectors
{
    /// <param name="writer">In an object.</param>
    /// <param name="vector">The numbers.</param>
    /// <param name="isBase64">As base64 of little-endian 32-bit floats, else as an array.</param>
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<float> vector, bool isBase64)
    {
        if (isBase64)
        {
            var bytes = new byte[vector.Length * sizeof(float)];
            for (var i = 0; i < vector.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
            }

            writer.WriteBase64String("embedding"u8, bytes);
            return;
        }

        writer.WriteStartArray("embedding"u8);
        foreach (var number in vector)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}

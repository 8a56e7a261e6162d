using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Sluice.Inference.Chat;

namespace Sluice.Inference.OpenAiCompatible;

/// <summary>Puts our id and model into a provider's whole answer and copies everything else byte for byte.</summary>
internal static class AnswerRewriter
{
    /// <exception cref="JsonException">The body is no chat completion.</exception>
    public static byte[] Rewrite(ReadOnlySpan<byte> body, ChatRequest request, TimeProvider time)
    {
        if (!Utf8.IsValid(body))
        {
            throw new JsonException("The answer is not valid UTF-8.");
        }

        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The answer is not an object.");
        }

        var output = new ArrayBufferWriter<byte>(body.Length + 128);
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, request.Id);
            writer.WriteString("object"u8, "chat.completion"u8);
            writer.WriteString("model"u8, request.Model);
        }

        Copy(ref reader, body, output, time);
        output.Write("}"u8);
        if (reader.Read())
        {
            throw new JsonException("Something follows the answer.");
        }

        return output.WrittenSpan.ToArray();
    }

    private static void Copy(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> body,
        ArrayBufferWriter<byte> output,
        TimeProvider time)
    {
        var hasChoices = false;
        var hasCreated = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var field = ChunkFields.Of(ref reader);
            var isCreated = reader.ValueTextEquals("created"u8);
            reader.Read();
            hasChoices |= field == ChunkField.Choices && reader.TokenType == JsonTokenType.StartArray;
            hasCreated |= isCreated;
            reader.Skip();
            if (field != ChunkField.Ours || isCreated)
            {
                output.Write(","u8);
                output.Write(body[start..(int)reader.BytesConsumed]);
            }
        }

        if (!hasChoices)
        {
            throw new JsonException("The answer has no choices.");
        }

        if (!hasCreated)
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            output.Write(Encoding.ASCII.GetBytes($",\"created\":{now}"));
        }
    }
}

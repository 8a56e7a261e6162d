using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Continuations;

/// <summary>
/// The request for the rest of a plain text: the text so far is the last message, an assistant's. vLLM and SGLang go on
/// with it where they are told to (<c>continue_final_message</c>); others do so by themselves, or are not declared.
/// </summary>
internal static class AssistantPrefix
{
    /// <summary>Members that ask for more than a plain text, unless null, false or the plain kind.</summary>
    private static readonly string[] Beyond =
        ["tools", "functions", "response_format", "logprobs", "top_logprobs", "audio", "prediction"];

    /// <summary>The answer is one text that a model can be given the start of.</summary>
    public static bool IsPossible(ChatRequest request)
    {
        if (request.Choices != 1 || !request.AssistantPrefix.IsEmpty)
        {
            return false;
        }

        using var body = JsonDocument.Parse(request.Body);
        return !Beyond.Any(name => body.RootElement.TryGetProperty(name, out var value) && !IsPlain(value));
    }

    /// <summary>The request; null when its token limit is reached already.</summary>
    public static ChatRequest? Request(ChatRequest request, AnswerSoFar soFar)
    {
        if (request.MaxTokens <= soFar.Tokens)
        {
            return null;
        }

        var body = new ArrayBufferWriter<byte>(request.Body.Length + 256);
        using (var document = JsonDocument.Parse(request.Body))
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                Write(writer, member, soFar);
            }

            writer.WriteBoolean("continue_final_message"u8, true);
            writer.WriteBoolean("add_generation_prompt"u8, false);
            writer.WriteEndObject();
        }

        // A provider may have sent half of a character, of which the other half is yet to come.
        return ChatRequest.TryRead(request.Id, body.WrittenMemory, out var rest, out var error)
            ? rest.WithCreated(request.Created)
            : throw new ModelFailureException(new ModelFailure(
                ModelFailureKind.Diverged, "The answer so far is no text that the model can be given.")
            {
                Detail = error.Message,
            });
    }

    private static void Write(Utf8JsonWriter writer, JsonProperty member, AnswerSoFar soFar)
    {
        if (member.NameEquals("messages"u8))
        {
            writer.WriteStartArray("messages"u8);
            foreach (var message in member.Value.EnumerateArray())
            {
                WriteRaw(writer, message);
            }

            writer.WriteStartObject();
            writer.WriteString("role"u8, "assistant"u8);
            writer.WritePropertyName("content"u8);
            writer.WriteRawValue(soFar.Quoted(AnswerSoFar.Content), skipInputValidation: true);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        else if ((member.NameEquals("max_tokens"u8) || member.NameEquals("max_completion_tokens"u8))
            && member.Value.TryGetInt32(out var limit))
        {
            writer.WriteNumber(member.Name, limit - soFar.Tokens);
        }
        else
        {
            writer.WritePropertyName(member.Name);
            WriteRaw(writer, member.Value);
        }
    }

    private static void WriteRaw(Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    private static bool IsPlain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.TryGetProperty("type", out var type) && type.ValueEquals("text"u8),
        _ => false,
    };
}

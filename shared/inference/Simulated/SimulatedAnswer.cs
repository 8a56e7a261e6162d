using System.Buffers;
using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Simulated;

/// <summary>
/// Builds whole answers and error bodies; one writer per thread, so that a call allocates only its result.
/// </summary>
internal static class SimulatedAnswer
{
    private const int MaxKeptBytes = 1 << 20;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static byte[] Whole(ChatRequest request, SimulatedScript script, long created)
    {
        var content = ArrayPool<byte>.Shared.Rent((script.Tokens * 20) + SimulatedTokens.MaxBytes);
        try
        {
            var length = 0;
            for (var i = script.Start; i < script.Tokens; i++)
            {
                length += SimulatedTokens.Write(script, i, 0, content.AsSpan(length));
            }

            return Write((request, script, created, Content: content.AsMemory(0, length)), static (writer, s) =>
                WriteWhole(writer, s.request, s.script, s.created, s.Content.Span));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    public static byte[] Refusal(int status, bool isQuota) => Refusal(
        status,
        isQuota ? "insufficient_quota" : "simulated",
        $"The simulated model was told to answer with status {status}.");

    public static byte[] Refusal(int status, string code, string text) => Write(
        (status, code, text), static (writer, s) =>
    {
        var (status, code, text) = s;
        writer.WriteStartObject();
        writer.WriteStartObject("error"u8);
        writer.WriteString("message"u8, text);
        writer.WriteString("type"u8, status switch
        {
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        });
        writer.WriteNull("param"u8);
        writer.WriteString("code"u8, code);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    public static void WriteUsage(Utf8JsonWriter writer, ChatRequest request, SimulatedScript script)
    {
        var (prompt, completion) = Usage(request, script);
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("prompt_tokens"u8, prompt);
        writer.WriteNumber("completion_tokens"u8, completion);
        writer.WriteNumber("total_tokens"u8, prompt + completion);
        writer.WriteEndObject();
    }

    public static string FinishReason(SimulatedScript script) => script.IsCut ? "length" : "stop";

    /// <summary>
    /// The usual rule of thumb: four bytes a token, and four tokens of framing a message. Of an answer's own start the
    /// number of tokens is known.
    /// </summary>
    private static (long Prompt, long Completion) Usage(ChatRequest request, SimulatedScript script)
    {
        var (bytes, messages) = script.Start == 0
            ? (request.MessageBytes, request.MessageCount)
            : (request.MessageBytes - request.AssistantPrefix.Length, request.MessageCount - 1);
        return ((bytes / 4) + (4L * messages) + script.Start, (long)(script.Tokens - script.Start) * request.Choices);
    }

    private static void WriteWhole(
        Utf8JsonWriter writer,
        ChatRequest request,
        SimulatedScript script,
        long created,
        ReadOnlySpan<byte> content)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, request.Id);
        writer.WriteString("object"u8, "chat.completion"u8);
        writer.WriteNumber("created"u8, created);
        writer.WriteString("model"u8, request.Model);
        writer.WriteStartArray("choices"u8);
        for (var choice = 0; choice < request.Choices; choice++)
        {
            writer.WriteStartObject();
            writer.WriteNumber("index"u8, choice);
            writer.WriteStartObject("message"u8);
            writer.WriteString("role"u8, "assistant"u8);
            writer.WriteString("content"u8, content);
            writer.WriteNull("refusal"u8);
            writer.WriteEndObject();
            writer.WriteNull("logprobs"u8);
            writer.WriteString("finish_reason"u8, FinishReason(script));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteUsage(writer, request, script);
        writer.WriteEndObject();
    }

    private static byte[] Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(1_024);
        var writer = _writer ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        buffer.ResetWrittenCount();
        writer.Reset();
        write(writer, state);
        writer.Flush();
        var result = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > MaxKeptBytes)
        {
            _buffer = null;
            _writer = null;
        }

        return result;
    }
}

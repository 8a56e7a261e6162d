using System.Buffers;
using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Simulated;

/// <summary>
/// Builds the chunks of one streamed answer. What does not change from token to token is written once; a token is one
/// copy into a buffer that the next token uses again.
/// </summary>
internal sealed class SimulatedChunks
{
    /// <summary>More than the frame of any choice: index, delta with the role, finish reason.</summary>
    private const int ChoiceBytes = 100;

    private readonly ChatRequest _request;
    private readonly SimulatedScript _script;
    private readonly byte[] _head;
    private readonly byte[] _tail;
    private readonly byte[] _buffer;

    public SimulatedChunks(ChatRequest request, SimulatedScript script, long created)
    {
        _request = request;
        _script = script;
        _head = Head(request, created);
        _tail = request.IncludeUsage ? ",\"usage\":null}"u8.ToArray() : "}"u8.ToArray();
        _buffer = new byte[
            _head.Length + (request.Choices * (ChoiceBytes + SimulatedTokens.MaxBytes)) + _tail.Length + 256];
    }

    public ChatChunk Role()
    {
        var length = Start();
        for (var choice = 0; choice < _request.Choices; choice++)
        {
            length = Choice(length, choice);
            length = Add(length, ",\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}"u8);
        }

        return End(length, ChatChunkParts.Role);
    }

    public ChatChunk Token(int index, long dueMicroseconds)
    {
        var length = Start();
        for (var choice = 0; choice < _request.Choices; choice++)
        {
            length = Choice(length, choice);
            length = Add(length, ",\"delta\":{\"content\":\""u8);
            length += SimulatedTokens.Write(_script, index, dueMicroseconds, _buffer.AsSpan(length));
            length = Add(length, "\"},\"finish_reason\":null}"u8);
        }

        return End(length, ChatChunkParts.Content);
    }

    public ChatChunk Finish()
    {
        var length = Start();
        for (var choice = 0; choice < _request.Choices; choice++)
        {
            length = Choice(length, choice);
            length = Add(length, ",\"delta\":{},\"finish_reason\":\""u8);
            length = Add(length, _script.IsCut ? "length"u8 : "stop"u8);
            length = Add(length, "\"}"u8);
        }

        return End(length, ChatChunkParts.Finish);
    }

    public ChatChunk Usage()
    {
        var usage = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(usage))
        {
            writer.WriteStartObject();
            SimulatedAnswer.WriteUsage(writer, _request, _script);
            writer.WriteEndObject();
        }

        // The object's own braces are left out but for the closing one, which ends the chunk.
        var length = Add(Start(), "],"u8);
        length = Add(length, usage.WrittenSpan[1..]);
        return new ChatChunk(_buffer.AsMemory(0, length), ChatChunkParts.Usage, _head.Length);
    }

    private static byte[] Head(ChatRequest request, long created)
    {
        var head = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(head, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, request.Id);
            writer.WriteString("object"u8, "chat.completion.chunk"u8);
            writer.WriteNumber("created"u8, created);
            writer.WriteString("model"u8, request.Model);
            writer.WriteStartArray("choices"u8);
        }

        return head.WrittenSpan.ToArray();
    }

    private int Start()
    {
        _head.CopyTo(_buffer, 0);
        return _head.Length;
    }

    private int Choice(int length, int choice)
    {
        length = Add(length, choice == 0 ? "{\"index\":"u8 : ",{\"index\":"u8);
        System.Buffers.Text.Utf8Formatter.TryFormat(choice, _buffer.AsSpan(length), out var digits);
        return length + digits;
    }

    private ChatChunk End(int length, ChatChunkParts parts)
    {
        length = Add(Add(length, "]"u8), _tail);
        return new ChatChunk(_buffer.AsMemory(0, length), parts, _head.Length);
    }

    private int Add(int length, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(length));
        return length + bytes.Length;
    }
}

using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Sluice.Inference.Chat;

namespace Sluice.Inference.OpenAiCompatible;

/// <summary>
/// Turns a provider's chunks into ours: our id, model and one creation time; everything else is copied byte for byte.
/// The copy goes into one buffer that the next chunk uses again. For one stream, one thread at a time.
/// </summary>
internal sealed class ChunkRewriter(ChatRequest request, TimeProvider time)
{
    private readonly ArrayBufferWriter<byte> _output = new(512);
    private byte[]? _head;

    /// <summary>
    /// The chunk; with parts null when nothing of it is for the caller (usage that was not asked for).
    /// </summary>
    /// <exception cref="JsonException">It is no chunk of a chat completion, or it is an error object.</exception>
    public ChatChunk? Rewrite(ReadOnlyMemory<byte> data)
    {
        var json = data.Span;
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("A chunk is not valid UTF-8.");
        }

        // Data over several lines: the breaks between them cannot stay inside one line of our own stream.
        return json.ContainsAny((byte)'\n', (byte)'\r') ? RewriteObject(Compact(data)) : RewriteObject(json);
    }

    /// <summary>A first chunk for providers that send none.</summary>
    public ChatChunk Role()
    {
        _output.ResetWrittenCount();
        _output.Write(_head ??= Head(null));
        _output.Write(",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"u8);
        _output.Write("\"finish_reason\":null}]"u8);
        return End(ChatChunkParts.Role, hasUsage: false);
    }

    private ChatChunk? RewriteObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A chunk is not an object.");
        }

        _head ??= Head(Created(json));
        _output.ResetWrittenCount();
        _output.Write(_head);
        var parts = ChatChunkParts.None;
        var hasChoices = false;
        var hasUsage = false;
        var isEmpty = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)reader.TokenStartIndex;
            var field = ChunkFields.Of(ref reader);
            reader.Read();
            if (field == ChunkField.Choices)
            {
                hasChoices = true;
                var start = reader.BytesConsumed;
                parts |= ChunkShape.ReadChoices(ref reader);
                isEmpty &= reader.BytesConsumed - start <= 1;
            }
            else if (field == ChunkField.Error && reader.TokenType != JsonTokenType.Null)
            {
                throw new JsonException("The provider sent an error in its stream.");
            }
            else if (field == ChunkField.Usage)
            {
                hasUsage = true;
                parts |= reader.TokenType == JsonTokenType.Null ? ChatChunkParts.None : ChatChunkParts.Usage;
            }

            reader.Skip();
            if (field == ChunkField.Ours || (field == ChunkField.Usage && !request.IncludeUsage))
            {
                continue;
            }

            _output.Write(","u8);
            _output.Write(json[nameStart..(int)reader.BytesConsumed]);
        }

        reader.Read();
        if (!hasChoices)
        {
            throw new JsonException("A chunk has no choices.");
        }

        if (!request.IncludeUsage && (parts & ChatChunkParts.Usage) != ChatChunkParts.None)
        {
            parts &= ~ChatChunkParts.Usage;
            if (isEmpty)
            {
                return null;
            }
        }

        return End(parts, hasUsage);
    }

    private ChatChunk End(ChatChunkParts parts, bool hasUsage)
    {
        _output.Write(request.IncludeUsage && !hasUsage ? ",\"usage\":null}"u8 : "}"u8);
        return new ChatChunk(_output.WrittenMemory, parts, _head!.Length);
    }

    private byte[] Head(long? created)
    {
        var head = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(head, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, request.Id);
            writer.WriteString("object"u8, "chat.completion.chunk"u8);
            writer.WriteNumber("created"u8, request.Created ?? created ?? time.GetUtcNow().ToUnixTimeSeconds());
            writer.WriteString("model"u8, request.Model);
        }

        return head.WrittenSpan.ToArray();
    }

    private static long? Created(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCreated = reader.ValueTextEquals("created"u8);
            reader.Read();
            if (isCreated)
            {
                return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : null;
            }

            reader.Skip();
        }

        return null;
    }

    private static ReadOnlySpan<byte> Compact(ReadOnlyMemory<byte> data)
    {
        using var document = JsonDocument.Parse(data);
        var compact = new ArrayBufferWriter<byte>(data.Length);
        using (var writer = new Utf8JsonWriter(compact))
        {
            document.WriteTo(writer);
        }

        return compact.WrittenSpan;
    }
}

using System.Buffers;
using System.Text.Json;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Continuations;

/// <summary>
/// The texts that an interrupted answer has given so far, by channel: a choice and the path of a text in its deltas,
/// such as <c>0/content</c> or <c>0/tool_calls/1/function/arguments</c>. Texts are kept as they stand in JSON, without
/// quotes: a character may come in two halves that are no text of their own. Bounded by what is added; not thread-safe.
/// </summary>
/// <param name="head">What all its chunks begin with; empty when any head will do.</param>
public sealed class AnswerSoFar(ReadOnlyMemory<byte> head)
{
    /// <summary>The channel that an assistant message can hold.</summary>
    internal const string Content = "0/content";

    private readonly Dictionary<string, ArrayBufferWriter<byte>> _texts = new(StringComparer.Ordinal);

    /// <summary>Chunks with a text that is not empty; an estimate of the tokens, exact for one token a chunk.</summary>
    public int Tokens { get; private set; }

    /// <summary>A finish reason has come: the model has nothing to add.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Nothing but the text of one choice: no reasoning, refusal or call.</summary>
    public bool IsPlainText => _texts.All(text => text.Key == Content || text.Value.WrittenCount == 0);

    internal IReadOnlyDictionary<string, ArrayBufferWriter<byte>> Texts => _texts;

    /// <summary><c>created</c> of its chunks.</summary>
    internal long? Created { get; } = ReadCreated(head.Span);

    /// <summary>A plain text of which the chunks are not known.</summary>
    /// <param name="escaped">As it stands in JSON, without quotes.</param>
    /// <param name="tokens">Tokens that it took.</param>
    public static AnswerSoFar OfText(ReadOnlyMemory<byte> escaped, int tokens)
    {
        var soFar = new AnswerSoFar(default) { Tokens = tokens };
        soFar.Append(Content, escaped.Span);
        return soFar;
    }

    /// <summary>Adds a chunk that readers have.</summary>
    /// <param name="chunk">UTF-8 JSON of the whole chunk.</param>
    /// <exception cref="JsonException">It is no chunk.</exception>
    public void Add(ReadOnlyMemory<byte> chunk)
    {
        var texts = ChunkTexts.Of(chunk);
        IsFinished |= texts.IsFinish;
        Tokens += texts.Texts.Any(text => text.Length > 0) ? 1 : 0;
        foreach (var (channel, start, length) in texts.Texts)
        {
            Append(channel, chunk.Span.Slice(start, length));
        }
    }

    /// <summary>The text of a channel as JSON.</summary>
    internal byte[] Quoted(string channel) =>
        [(byte)'"', .. _texts.TryGetValue(channel, out var text) ? text.WrittenSpan : [], (byte)'"'];

    /// <summary>The last chunk of an answer that has reached its token limit.</summary>
    internal ChatChunk Length()
    {
        // Providers of one kind end their heads at different places.
        var choices = head.IsEmpty ? "{\"choices\":["u8
            : head.Span[^1] == (byte)'[' ? ""u8
            : ",\"choices\":["u8;
        byte[] json = [.. head.Span, .. choices, .. "{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}"u8];
        return new ChatChunk(json, ChatChunkParts.Finish, head.Length);
    }

    /// <exception cref="ModelFailureException">The chunk would not be one of the same answer.</exception>
    internal void RequireHead(ChatChunk chunk)
    {
        if (!head.IsEmpty && !chunk.Json.Span[..chunk.HeadLength].SequenceEqual(head.Span))
        {
            throw new ModelFailureException(new ModelFailure(
                ModelFailureKind.Diverged, "The interrupted answer could not be gone on with: its chunks differ."));
        }
    }

    private void Append(string channel, ReadOnlySpan<byte> escaped)
    {
        // An empty text is kept too: its channel was begun, and what names it was told.
        if (!_texts.TryGetValue(channel, out var text))
        {
            text = new ArrayBufferWriter<byte>();
            _texts.Add(channel, text);
        }

        text.Write(escaped);
    }

    private static long? ReadCreated(ReadOnlySpan<byte> head)
    {
        var reader = new Utf8JsonReader(head, isFinalBlock: false, default);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("created"u8))
            {
                return reader.Read() && reader.TryGetInt64(out var created) ? created : null;
            }
        }

        return null;
    }
}

using System.Buffers;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Continuations;

/// <summary>
/// Takes out of an answer that is generated a second time what readers have of the first, channel by channel. Cuts
/// between chunks may lie elsewhere than the first time; the texts must be the same. Not thread-safe.
/// </summary>
internal sealed class ReplayFilter(AnswerSoFar soFar)
{
    private const ChatChunkParts Rest = ChatChunkParts.Finish | ChatChunkParts.Usage;

    private readonly Dictionary<string, int> _passed = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _output = new(512);
    private int _missing = soFar.Texts.Values.Sum(text => text.WrittenCount);

    /// <summary>What is new in the chunk; null for nothing. Valid until the next one.</summary>
    /// <exception cref="ModelFailureException">The second answer is another one.</exception>
    public ChatChunk? Next(ChatChunk chunk)
    {
        var texts = ChunkTexts.Of(chunk.Json);
        if (_missing == 0 && ((chunk.Parts & Rest) != ChatChunkParts.None || texts.Texts.Any(IsNew)))
        {
            return chunk;
        }

        _output.ResetWrittenCount();
        var (copied, isNew) = (0, false);
        foreach (var (channel, start, length) in texts.Texts)
        {
            var old = Pass(channel, chunk.Json.Span.Slice(start, length));
            _output.Write(chunk.Json.Span[copied..start]);
            copied = start + old;
            isNew |= old < length || !soFar.Texts.ContainsKey(channel);
        }

        if (texts.IsFinish)
        {
            End();
        }

        if (!isNew && !texts.IsFinish)
        {
            return null;
        }

        _output.Write(chunk.Json.Span[copied..]);
        return chunk with { Json = _output.WrittenMemory };
    }

    /// <summary>The second answer has ended.</summary>
    /// <exception cref="ModelFailureException">It is shorter than what readers have.</exception>
    public void End()
    {
        if (_missing > 0)
        {
            throw Diverged();
        }
    }

    /// <summary>
    /// After all that readers have: a text, or the first sign of a channel, such as the name of a call.
    /// </summary>
    private bool IsNew(ChunkText text) => text.Length > Old(text.Channel) || !soFar.Texts.ContainsKey(text.Channel);

    private int Old(string channel) => soFar.Texts.TryGetValue(channel, out var old)
        ? old.WrittenCount - _passed.GetValueOrDefault(channel)
        : 0;

    /// <summary>How much of a text is not new.</summary>
    private int Pass(string channel, ReadOnlySpan<byte> text)
    {
        if (!soFar.Texts.TryGetValue(channel, out var old))
        {
            return 0;
        }

        var passed = _passed.GetValueOrDefault(channel);
        var rest = old.WrittenSpan[passed..];
        var count = Math.Min(rest.Length, text.Length);
        if (!text[..count].SequenceEqual(rest[..count]))
        {
            throw Diverged();
        }

        _passed[channel] = passed + count;
        _missing -= count;
        return count;
    }

    private static ModelFailureException Diverged() => new(new ModelFailure(
        ModelFailureKind.Diverged, "The model gave another answer when the interrupted one was generated again."));
}

using System.Buffers;

namespace Sluice.Inference.Responses;

/// <summary>One text of an item, kept escaped as the provider sent it; it grows in amortised constant time.</summary>
internal sealed class OutputPart(PartKind kind)
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly ArrayBufferWriter<byte> _logprobs = new();

    public PartKind Kind { get; } = kind;

    public PartStage Stage { get; set; }

    /// <summary>The inside of a JSON string.</summary>
    public ReadOnlySpan<byte> Text => _text.WrittenSpan;

    /// <summary>The inside of a JSON array.</summary>
    public ReadOnlySpan<byte> Logprobs => _logprobs.WrittenSpan;

    /// <param name="text">The inside of a JSON string.</param>
    /// <param name="logprobs">The inside of a JSON array.</param>
    public void Append(ReadOnlySpan<byte> text, ReadOnlySpan<byte> logprobs)
    {
        _text.Write(text);
        if (!logprobs.IsEmpty)
        {
            _logprobs.Write(_logprobs.WrittenCount == 0 ? ""u8 : ","u8);
            _logprobs.Write(logprobs);
        }
    }
}

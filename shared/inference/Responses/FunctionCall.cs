using System.Buffers;

namespace Sluice.Inference.Responses;

/// <summary>A call that the provider is sending.</summary>
internal sealed class FunctionCall
{
    /// <summary>The provider's id, escaped; empty until it is known.</summary>
    public byte[] Id { get; set; } = [];

    /// <summary>Its item; null until the name is known, without which no item can be told.</summary>
    public OutputItem? Item { get; set; }

    /// <summary>Arguments that came before the name.</summary>
    public ArrayBufferWriter<byte> Held { get; } = new();

    /// <summary>After a rerun began: what of the arguments was told before it; else null.</summary>
    public RerunText? Told { get; init; }
}

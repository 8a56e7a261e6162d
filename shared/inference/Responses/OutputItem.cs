namespace Sluice.Inference.Responses;

/// <summary>One item of the output.</summary>
/// <param name="kind">What it is.</param>
/// <param name="index">Its <c>output_index</c>.</param>
/// <param name="id">Its id, escaped.</param>
internal sealed class OutputItem(ItemKind kind, int index, byte[] id)
{
    public ItemKind Kind { get; } = kind;

    public int Index { get; } = index;

    public byte[] Id { get; } = id;

    /// <summary>Of a function call, escaped; else empty.</summary>
    public byte[] CallId { get; init; } = [];

    /// <summary>Of a function call, escaped; else empty.</summary>
    public byte[] Name { get; init; } = [];

    /// <summary>A function call has exactly one; other items begin without.</summary>
    public List<OutputPart> Parts { get; } = kind == ItemKind.FunctionCall ? [new(PartKind.Arguments)] : [];

    /// <summary>Any other than in progress: <c>output_item.done</c> was written.</summary>
    public ItemStatus Status { get; set; }

    public bool IsOpen => Status == ItemStatus.InProgress;
}

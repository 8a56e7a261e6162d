using System.Text;

namespace Sluice.Inference.Responses;

/// <summary>What the parts of a kind are called in events.</summary>
/// <param name="Type">The part's <c>type</c>.</param>
/// <param name="Member">The member that holds the text.</param>
/// <param name="Delta">The event of a piece of text.</param>
/// <param name="Done">The event of the whole text.</param>
internal sealed record PartNames(string Type, string Member, string Delta, string Done)
{
    private static readonly PartNames[] s_all =
    [
        new("output_text", "text", "response.output_text.delta", "response.output_text.done"),
        new("refusal", "refusal", "response.refusal.delta", "response.refusal.done"),
        new("reasoning_text", "text", "response.reasoning_text.delta", "response.reasoning_text.done"),
        new(
            "arguments",
            "arguments",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done"),
    ];

    public byte[] Utf8Type { get; } = Encoding.UTF8.GetBytes(Type);

    public byte[] Utf8Member { get; } = Encoding.UTF8.GetBytes(Member);

    public static PartNames Of(PartKind kind) => s_all[(int)kind];

    /// <summary>The kind of a content part by its <c>type</c>; null when it is not known.</summary>
    public static PartKind? KindOf(ReadOnlySpan<byte> type)
    {
        var index = 0;
        foreach (var names in s_all)
        {
            if (type.SequenceEqual(names.Utf8Type))
            {
                return (PartKind)index;
            }

            index++;
        }

        return null;
    }

    public static bool IsDelta(string eventType) => s_all.Any(n => n.Delta == eventType);

    public static bool IsDone(string eventType) => s_all.Any(n => n.Done == eventType);
}

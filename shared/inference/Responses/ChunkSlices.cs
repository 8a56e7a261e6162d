using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// What a chunk of a chat completion, or a whole one, carries for its first choice. Texts are the insides of their JSON
/// strings, as the provider escaped them. Anything of an unexpected type counts as absent.
/// </summary>
internal ref struct ChunkSlices
{
    public ReadOnlySpan<byte> Reasoning { get; private set; }

    public ReadOnlySpan<byte> Content { get; private set; }

    public ReadOnlySpan<byte> Refusal { get; private set; }

    /// <summary>Raw array; empty without one.</summary>
    public ReadOnlySpan<byte> ToolCalls { get; private set; }

    /// <summary>The calls are whole and in their order, not parts of calls.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The inside of the array of the content's log probabilities.</summary>
    public ReadOnlySpan<byte> Logprobs { get; private set; }

    public ReadOnlySpan<byte> FinishReason { get; private set; }

    /// <summary>Raw object; empty without one.</summary>
    public ReadOnlySpan<byte> Usage { get; private set; }

    /// <exception cref="JsonException">It is not valid JSON.</exception>
    public static ChunkSlices Read(ReadOnlySpan<byte> json)
    {
        var slices = default(ChunkSlices);
        var root = new JsonMembers(json);
        while (root.Next())
        {
            if (root.NameIs("choices"u8))
            {
                slices.ReadChoices(root.Raw);
            }
            else if (root.NameIs("usage"u8))
            {
                slices.Usage = root.RawOf(JsonTokenType.StartObject);
            }
        }

        return slices;
    }

    private void ReadChoices(ReadOnlySpan<byte> choices)
    {
        var elements = new JsonElements(choices);
        while (elements.Next())
        {
            if (IsFirst(elements.Raw))
            {
                ReadChoice(elements.Raw);
            }
        }
    }

    /// <summary>Only one answer was asked for; a server that sends more is not listened to.</summary>
    private static bool IsFirst(ReadOnlySpan<byte> choice)
    {
        var members = new JsonMembers(choice);
        while (members.Next())
        {
            if (members.NameIs("index"u8))
            {
                return members.Raw.SequenceEqual("0"u8);
            }
        }

        return true;
    }

    private void ReadChoice(ReadOnlySpan<byte> choice)
    {
        var members = new JsonMembers(choice);
        while (members.Next())
        {
            if (members.NameIs("delta"u8) || members.NameIs("message"u8))
            {
                IsWhole = members.NameIs("message"u8);
                ReadDelta(members.Raw);
            }
            else if (members.NameIs("logprobs"u8))
            {
                ReadLogprobs(members.Raw);
            }
            else if (members.NameIs("finish_reason"u8))
            {
                FinishReason = members.Text;
            }
        }
    }

    private void ReadDelta(ReadOnlySpan<byte> delta)
    {
        var members = new JsonMembers(delta);
        while (members.Next())
        {
            if (members.NameIs("content"u8))
            {
                Content = members.Text;
            }
            else if (members.NameIs("refusal"u8))
            {
                Refusal = members.Text;
            }
            else if (members.NameIs("tool_calls"u8))
            {
                ToolCalls = members.RawOf(JsonTokenType.StartArray);
            }
            else if (Reasoning.IsEmpty && (members.NameIs("reasoning_content"u8) || members.NameIs("reasoning"u8)))
            {
                // Servers call it either way, and some send both with the same text.
                Reasoning = members.Text;
            }
        }
    }

    private void ReadLogprobs(ReadOnlySpan<byte> logprobs)
    {
        var members = new JsonMembers(logprobs);
        while (members.Next())
        {
            if (members.NameIs("content"u8) && members.RawOf(JsonTokenType.StartArray) is { IsEmpty: false } array)
            {
                Logprobs = array[1..^1].Trim(" \t"u8);
            }
        }
    }
}

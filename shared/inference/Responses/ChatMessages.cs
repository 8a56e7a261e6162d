using System.Buffers;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// Writes <c>messages</c> from items. What the model said in one go (text, refusal, calls of functions) becomes one
/// assistant message, since chat completions know no other form. Text is copied escaped as it is, with half surrogate
/// pairs replaced: an earlier answer may have them, and providers refuse them.
/// </summary>
internal sealed class ChatMessages
{
    private readonly IBufferWriter<byte> _output;
    private readonly List<JsonField> _texts = [];
    private readonly List<JsonField> _refusals = [];
    private readonly List<JsonField> _calls = [];
    private bool _hasMessages;

    public ChatMessages(IBufferWriter<byte> output)
    {
        _output = output;
        _output.Write("["u8);
    }

    public void AddSystem(JsonField text)
    {
        Begin("system"u8);
        _output.Write(",\"content\":"u8);
        ChatContent.WriteText(_output, text);
        _output.Write("}"u8);
    }

    /// <param name="items">A text of the user, or an array of items. Read within this call.</param>
    public void AddItems(JsonField items)
    {
        if (items.Value.ValueKind == JsonValueKind.String)
        {
            AddMessage("user"u8, items);
        }

        foreach (var item in items.Elements())
        {
            AddItem(item);
        }

        EndAssistant();
    }

    /// <summary>Ends the array.</summary>
    public void End() => _output.Write("]"u8);

    private void AddItem(JsonField item)
    {
        switch (InputItemTypes.Of(item))
        {
            case InputItemTypes.Message when item["role"].Text == "assistant":
                AddAssistant(item["content"]);
                break;
            case InputItemTypes.Message:
                // Many servers know no 'developer', and those that do take 'system' for it.
                AddMessage(item["role"].Text == "user" ? "user"u8 : "system"u8, item["content"]);
                break;
            case InputItemTypes.FunctionCall:
                _calls.Add(item);
                break;
            case InputItemTypes.FunctionCallOutput:
                AddMessage("tool"u8, item["output"], item["call_id"]);
                break;
            default:
                // Reasoning is the model's own; chat completions do not take it back.
                break;
        }
    }

    private void AddMessage(ReadOnlySpan<byte> role, JsonField content, JsonField? callId = null)
    {
        EndAssistant();
        Begin(role);
        if (callId is { } id)
        {
            ChatBody.WriteField(_output, "tool_call_id", id);
        }

        _output.Write(",\"content\":"u8);
        ChatContent.Write(_output, content);
        _output.Write("}"u8);
    }

    private void AddAssistant(JsonField content)
    {
        if (_calls.Count == 0)
        {
            EndAssistant();
        }

        if (content.Value.ValueKind == JsonValueKind.String)
        {
            _texts.Add(content);
        }

        foreach (var part in content.Elements())
        {
            var isRefusal = part["type"].Text == "refusal";
            (isRefusal ? _refusals : _texts).Add(part[isRefusal ? "refusal" : "text"]);
        }
    }

    private void EndAssistant()
    {
        if (_texts.Count + _refusals.Count + _calls.Count == 0)
        {
            return;
        }

        Begin("assistant"u8);
        _output.Write(",\"content\":"u8);
        ChatContent.WriteTexts(_output, _texts);
        WriteRefusals();
        WriteCalls();
        _output.Write("}"u8);
        _texts.Clear();
        _refusals.Clear();
        _calls.Clear();
    }

    private void WriteRefusals()
    {
        if (_refusals.Count == 0)
        {
            return;
        }

        _output.Write(",\"refusal\":\""u8);
        foreach (var refusal in _refusals)
        {
            JsonSurrogates.WriteReplaced(_output, refusal.Raw[1..^1]);
        }

        _output.Write("\""u8);
    }

    private void WriteCalls()
    {
        for (var index = 0; index < _calls.Count; index++)
        {
            _output.Write(index == 0 ? ",\"tool_calls\":["u8 : ","u8);
            _output.Write("{\"type\":\"function\""u8);
            ChatBody.WriteField(_output, "id", _calls[index]["call_id"]);
            _output.Write(",\"function\":{\"name\":"u8);
            ChatContent.WriteText(_output, _calls[index]["name"]);
            _output.Write(",\"arguments\":"u8);
            ChatContent.WriteText(_output, _calls[index]["arguments"]);
            _output.Write("}}"u8);
        }

        if (_calls.Count > 0)
        {
            _output.Write("]"u8);
        }
    }

    private void Begin(ReadOnlySpan<byte> role)
    {
        _output.Write(_hasMessages ? ",{\"role\":"u8 : "{\"role\":"u8);
        _output.WriteQuoted(role);
        _hasMessages = true;
    }
}

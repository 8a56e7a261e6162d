using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.Chat;

/// <summary>
/// Puts the chunks of a completion together, as the official clients do: texts are joined, lists with an
/// <c>index</c> merged by it, other lists appended, anything else is replaced by the later value. Takes time linear in
/// the length of the answer. Not thread-safe.
/// </summary>
/// <param name="head">What the chunks begin with.</param>
internal sealed class ChatAssembly(byte[] head)
{
    private readonly JsonObject _completion = [];
    private readonly SortedDictionary<int, JsonObject> _choices = [];
    private readonly Dictionary<(JsonObject Owner, string Name), StringBuilder> _texts = [];
    private JsonElement? _error;

    public void Add(LogRow row)
    {
        foreach (var one in LogFormat.Read(row.Format, row.Payload))
        {
            if (one.Kind == LogEventKind.ChatChunk)
            {
                AddChunk(JsonNode.Parse([.. head, .. one.Data.Span])!.AsObject());
            }
            else if (one.Kind == LogEventKind.Failed)
            {
                _error = JsonElement.Parse(one.Data.Span);
            }
        }
    }

    /// <summary>The completion, or the error that ended it.</summary>
    public IResult Result()
    {
        if (_error is { } error)
        {
            var body = error.Deserialize(SseJsonContext.Default.OpenAiErrorBody)!;
            return new OpenAiErrorResult(StatusCodes.Status502BadGateway, body.Error) { ShouldRetry = false };
        }

        foreach (var ((owner, name), text) in _texts)
        {
            owner[name] = JsonNode.Parse(text.Append('"').ToString());
        }

        _completion["object"] = "chat.completion";
        _completion["choices"] = new JsonArray([.. _choices.Values]);
        return new PassedOnResult(StatusCodes.Status200OK, RawJson.Write(_completion));
    }

    private void AddChunk(JsonObject chunk)
    {
        foreach (var choice in chunk["choices"]?.AsArray() ?? [])
        {
            AddChoice(choice!.AsObject());
        }

        chunk.Remove("choices");
        foreach (var (name, value) in chunk)
        {
            if (value is not null || !_completion.ContainsKey(name))
            {
                _completion[name] = value?.DeepClone();
            }
        }
    }

    private void AddChoice(JsonObject chunk)
    {
        var index = IndexOf(chunk) ?? 0;
        if (!_choices.TryGetValue(index, out var choice))
        {
            choice = new JsonObject { ["index"] = index, ["message"] = new JsonObject(), ["finish_reason"] = null };
            _choices.Add(index, choice);
        }

        foreach (var (name, value) in chunk)
        {
            if (name == "delta" && value is JsonObject delta)
            {
                Merge(choice["message"]!.AsObject(), delta);
            }
            else if (name != "delta" && value is not null)
            {
                Merge(choice, name, value);
            }
        }
    }

    private void Merge(JsonObject target, JsonObject delta)
    {
        foreach (var (name, value) in delta)
        {
            if (value is not null || !target.ContainsKey(name))
            {
                Merge(target, name, value);
            }
        }
    }

    private void Merge(JsonObject target, string name, JsonNode? value)
    {
        switch (target[name], value)
        {
            case (JsonObject before, JsonObject delta):
                Merge(before, delta);
                break;
            case (JsonArray before, JsonArray items):
                MergeItems(before, items);
                break;
            case (JsonValue before, JsonValue more) when name is not ("id" or "type" or "role" or "finish_reason")
                && before.GetValueKind() == JsonValueKind.String && more.GetValueKind() == JsonValueKind.String:
                Text(target, name, before).Append(Encoding.UTF8.GetString(RawJson.Escaped(more)));
                break;
            default:
                target[name] = value?.DeepClone();
                _texts.Remove((target, name));
                break;
        }
    }

    /// <summary>
    /// A text that grows, as it stands in JSON: a character may come in two halves that are no text of their own.
    /// </summary>
    private StringBuilder Text(JsonObject owner, string name, JsonValue start)
    {
        if (!_texts.TryGetValue((owner, name), out var text))
        {
            text = new StringBuilder("\"").Append(Encoding.UTF8.GetString(RawJson.Escaped(start)));
            _texts.Add((owner, name), text);
        }

        return text;
    }

    private void MergeItems(JsonArray target, JsonArray items)
    {
        foreach (var item in items)
        {
            if (item is JsonObject one && IndexOf(one) is { } index
                && target.OfType<JsonObject>().FirstOrDefault(t => IndexOf(t) == index) is { } same)
            {
                Merge(same, one);
            }
            else
            {
                target.Add(item?.DeepClone());
            }
        }
    }

    /// <summary>Null where a provider says something else than a number.</summary>
    private static int? IndexOf(JsonObject one) =>
        one["index"] is JsonValue value && value.TryGetValue<int>(out var index) ? index : null;
}

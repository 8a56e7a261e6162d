using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Log;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.Chat;

/// <summary>
/// Puts the chunks of a completion together, as the official clients do: texts are joined, lists with an
/// <c>index</c> merged by it, other lists appended, anything else is replaced by the later value. Not thread-safe.
/// </summary>
/// <param name="head">What the chunks begin with.</param>
internal sealed class ChatAssembly(byte[] head)
{
    private readonly JsonObject _completion = [];
    private readonly SortedDictionary<int, JsonObject> _choices = [];
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

        _completion["object"] = "chat.completion";
        _completion["choices"] = new JsonArray([.. _choices.Values]);
        var json = JsonSerializer.SerializeToUtf8Bytes(_completion, SseJsonContext.Default.JsonObject);
        return new PassedOnResult(StatusCodes.Status200OK, json);
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
        var index = chunk["index"]?.GetValue<int>() ?? 0;
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
                choice[name] = Merged(name, choice[name], value);
            }
        }
    }

    private static void Merge(JsonObject target, JsonObject delta)
    {
        foreach (var (name, value) in delta)
        {
            if (value is not null || !target.ContainsKey(name))
            {
                target[name] = Merged(name, target[name], value);
            }
        }
    }

    private static JsonNode? Merged(string name, JsonNode? before, JsonNode? value)
    {
        switch (before, value)
        {
            case (JsonObject target, JsonObject delta):
                Merge(target, delta);
                return target.DeepClone();
            case (JsonArray target, JsonArray items):
                MergeItems(target, items);
                return target.DeepClone();
            case (JsonValue text, JsonValue more) when name is not ("id" or "type" or "role" or "finish_reason")
                && text.TryGetValue(out string? start) && more.TryGetValue(out string? rest):
                return start + rest;
            default:
                return value?.DeepClone();
        }
    }

    private static void MergeItems(JsonArray target, JsonArray items)
    {
        foreach (var item in items)
        {
            var index = (item as JsonObject)?["index"]?.GetValue<int>();
            if (index is not null
                && target.OfType<JsonObject>().FirstOrDefault(t => t["index"]?.GetValue<int>() == index) is { } same)
            {
                Merge(same, item!.AsObject());
            }
            else
            {
                target.Add(item?.DeepClone());
            }
        }
    }
}

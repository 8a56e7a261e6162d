using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Inference.Responses;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>
/// The items of a request's <c>input</c> as the API lists them: messages in their long form, each item with an id.
/// Texts stay as they came.
/// </summary>
internal static class InputItems
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    /// <summary>A page of them, by the query's <c>limit</c>, <c>order</c> (newest first unless <c>asc</c>) and
    /// <c>after</c>.</summary>
    /// <exception cref="ResponseRefusedException">The query is wrong.</exception>
    public static byte[] Page(ResponsesRequest request, IQueryCollection query)
    {
        var items = All(request);
        switch (query["order"].FirstOrDefault() ?? "desc")
        {
            case "desc":
                items.Reverse();
                break;
            case "asc":
                break;
            default:
                throw new ResponseRefusedException(Refusal.BadRequest("'order' must be asc or desc.", "order"));
        }

        var limit = Limit(query["limit"]);
        var start = query["after"].FirstOrDefault() is { } after ? 1 + IndexOf(items, after) : 0;
        var page = items.Skip(start).Take(limit).ToList();
        return RawJson.Write(new JsonObject
        {
            ["object"] = "list",
            ["first_id"] = page.FirstOrDefault()?["id"]!.DeepClone(),
            ["last_id"] = page.LastOrDefault()?["id"]!.DeepClone(),
            ["has_more"] = start + page.Count < items.Count,
            ["data"] = new JsonArray([.. page]),
        });
    }

    private static List<JsonObject> All(ResponsesRequest request)
    {
        // A text that is a member keeps the bytes that it came in, one that is a document of its own does not.
        byte[] message = [.. "{\"role\":\"user\",\"content\":"u8, .. request.Input.Span, .. "}"u8];
        var whole = JsonNode.Parse(message)!.AsObject();
        var nodes = whole["content"] is JsonArray array
            ? array.Select(item => item!.DeepClone().AsObject())
            : [whole];
        return [.. nodes.Select((item, index) => Long(item, $"{request.Id["resp_".Length..]}_{index}"))];
    }

    private static JsonObject Long(JsonObject item, string name)
    {
        var isMessage = item["type"] is null || item["type"]!.GetValue<string>() == "message";
        item["type"] ??= "message";
        item["id"] ??= (isMessage ? "msg_" : "item_") + name;
        if (isMessage)
        {
            item["status"] ??= "completed";
            if (item["content"] is JsonValue text)
            {
                var isAnswer = item["role"]!.GetValue<string>() == "assistant";
                item["content"] = new JsonArray(new JsonObject
                {
                    ["type"] = isAnswer ? "output_text" : "input_text",
                    ["text"] = text.DeepClone(),
                });
            }
        }

        return item;
    }

    private static int IndexOf(List<JsonObject> items, string id)
    {
        var index = items.FindIndex(item => item["id"]!.GetValue<string>() == id);
        return index >= 0
            ? index
            : throw new ResponseRefusedException(Refusal.BadRequest("'after' names no item of the input.", "after"));
    }

    private static int Limit(string? text) => text is null
        ? DefaultLimit
        : int.TryParse(text, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : throw new ResponseRefusedException(Refusal.BadRequest(
                $"'limit' must be a number from 1 to {MaxLimit}.", "limit"));
}

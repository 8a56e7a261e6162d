using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Responses;

/// <summary>Checks <c>input</c>: a string, or items of the types that a chat completion can carry.</summary>
internal static class InputChecks
{
    /// <param name="input">The field.</param>
    /// <param name="hasHistory">An earlier response brings messages, so that the input need not.</param>
    public static ChatRequestError? Check(JsonField input, bool hasHistory)
    {
        if (input.Required(JsonKinds.String | JsonKinds.Array) is { } error)
        {
            return error;
        }

        var hasMessage = input.Value.ValueKind == JsonValueKind.String || hasHistory;
        foreach (var item in input.Elements())
        {
            if (CheckItem(item) is { } refused)
            {
                return refused;
            }

            hasMessage |= BringsMessage(item);
        }

        return hasMessage ? null : input.Refuse("'input' must hold at least one message.");
    }

    /// <summary>Reasoning does not, nor a message without parts, such as one whose answer failed at once.</summary>
    private static bool BringsMessage(JsonField item) =>
        InputItemTypes.Of(item) != InputItemTypes.Reasoning
        && (item["content"].Value.ValueKind != JsonValueKind.Array || item["content"].Elements().Any());

    private static ChatRequestError? CheckItem(JsonField item)
    {
        if ((item.Required(JsonKinds.Object) ?? item["type"].Optional(JsonKinds.String)) is { } error)
        {
            return error;
        }

        return InputItemTypes.Of(item) switch
        {
            InputItemTypes.Message => CheckMessage(item),
            InputItemTypes.FunctionCall => item["call_id"].Required(JsonKinds.String)
                ?? item["name"].Required(JsonKinds.String)
                ?? item["arguments"].Required(JsonKinds.String),
            InputItemTypes.FunctionCallOutput => item["call_id"].Required(JsonKinds.String)
                ?? CheckOutput(item["output"]),
            InputItemTypes.Reasoning => null,
            InputItemTypes.Reference => item["type"].Refuse(
                "References to items are not supported; send the item itself, or 'previous_response_id'."),
            var type => item["type"].Refuse($"Items of type '{type}' are not supported."),
        };
    }

    private static ChatRequestError? CheckMessage(JsonField message)
    {
        var role = message["role"];
        var content = message["content"];
        var error = role.Required(JsonKinds.String)
            ?? role.OneOf("user", "assistant", "system", "developer")
            ?? content.Required(JsonKinds.String | JsonKinds.Array);
        return error ?? FirstOf(content, part => CheckPart(part, isAssistant: role.Text == "assistant"));
    }

    private static ChatRequestError? CheckPart(JsonField part, bool isAssistant)
    {
        if (TypeOf(part) is { } error)
        {
            return error;
        }

        return (part["type"].Text, isAssistant) switch
        {
            ("input_text" or "output_text", _) => part["text"].Required(JsonKinds.String),
            ("refusal", true) => part["refusal"].Required(JsonKinds.String),
            ("input_image", false) => CheckImage(part),
            ("input_file", false) => CheckFile(part),
            var (type, _) => part["type"].Refuse($"Content of type '{type}' is not supported here."),
        };
    }

    private static ChatRequestError? CheckImage(JsonField part)
    {
        if (!part["file_id"].IsMissing)
        {
            return part["file_id"].Refuse("Images by file id are not supported; send 'image_url'.");
        }

        return part["image_url"].Required(JsonKinds.String) ?? part["detail"].Optional(JsonKinds.String);
    }

    private static ChatRequestError? CheckFile(JsonField part)
    {
        if (!part["file_url"].IsMissing)
        {
            return part["file_url"].Refuse("Files by URL are not supported; send 'file_data'.");
        }

        var error = part["file_id"].Optional(JsonKinds.String) ?? part["filename"].Optional(JsonKinds.String);
        return error ?? (part["file_id"].IsMissing
            ? part["file_data"].Required(JsonKinds.String)
            : part["file_data"].Optional(JsonKinds.String));
    }

    /// <summary>A <c>tool</c> message carries text alone.</summary>
    private static ChatRequestError? CheckOutput(JsonField output) =>
        output.Required(JsonKinds.String | JsonKinds.Array)
        ?? FirstOf(output, part => TypeOf(part) ?? (part["type"].Text == "input_text"
            ? part["text"].Required(JsonKinds.String)
            : part["type"].Refuse($"Tool output of type '{part["type"].Text}' is not supported; send text.")));

    private static ChatRequestError? TypeOf(JsonField part) =>
        part.Required(JsonKinds.Object) ?? part["type"].Required(JsonKinds.String);

    private static ChatRequestError? FirstOf(JsonField array, Func<JsonField, ChatRequestError?> check) =>
        array.Elements().Select(check).FirstOrDefault(e => e is not null);
}

using Sluice.Inference.Chat;

namespace Sluice.Inference.Responses;

/// <summary>Checks the fields about tools. Built-in tools run at OpenAI, so there is nothing to map them to.</summary>
internal static class ToolChecks
{
    public static ChatRequestError? Check(JsonField root) =>
        root["tools"].Optional(JsonKinds.Array)
        ?? root["tools"].Elements().Select(CheckTool).FirstOrDefault(e => e is not null)
        ?? CheckChoice(root["tool_choice"], hasTools: root["tools"].Elements().Any())
        ?? root["parallel_tool_calls"].Optional(JsonKinds.Boolean);

    private static ChatRequestError? CheckTool(JsonField tool) =>
        CheckFunction(tool)
        ?? tool["description"].Optional(JsonKinds.String)
        ?? tool["parameters"].Optional(JsonKinds.Object)
        ?? tool["strict"].Optional(JsonKinds.Boolean);

    private static ChatRequestError? CheckFunction(JsonField tool)
    {
        var error = tool.Required(JsonKinds.Object) ?? tool["type"].Required(JsonKinds.String);
        if (error is null && tool["type"].Text != "function")
        {
            return tool["type"].Refuse($"Tools of type '{tool["type"].Text}' are not supported; use 'function'.");
        }

        return error ?? tool["name"].Required(JsonKinds.String);
    }

    private static ChatRequestError? CheckChoice(JsonField choice, bool hasTools)
    {
        if (choice.Optional(JsonKinds.String | JsonKinds.Object) is { } error)
        {
            return error;
        }

        if (choice.IsMissing || choice.Text is "auto" or "none")
        {
            return null;
        }

        if (choice.Text is not null)
        {
            return choice.OneOf("auto", "none", "required") ?? NeedsTools(choice, hasTools);
        }

        return choice["type"].Required(JsonKinds.String) ?? choice["type"].Text switch
        {
            "function" => choice["name"].Required(JsonKinds.String),
            "allowed_tools" => CheckAllowed(choice),
            var type => choice["type"].Refuse($"A tool choice of type '{type}' is not supported."),
        } ?? NeedsTools(choice, hasTools);
    }

    private static ChatRequestError? CheckAllowed(JsonField choice) =>
        choice["mode"].Required(JsonKinds.String)
        ?? choice["mode"].OneOf("auto", "required")
        ?? choice["tools"].Required(JsonKinds.Array)
        ?? choice["tools"].Elements().Select(CheckFunction).FirstOrDefault(e => e is not null);

    private static ChatRequestError? NeedsTools(JsonField choice, bool hasTools) =>
        hasTools ? null : choice.Refuse("'tool_choice' asks for a tool, and 'tools' has none.");
}

namespace Sluice.Inference.Responses;

/// <summary>Types of input items that are known.</summary>
internal static class InputItemTypes
{
    public const string Message = "message";
    public const string FunctionCall = "function_call";
    public const string FunctionCallOutput = "function_call_output";
    public const string Reasoning = "reasoning";
    public const string Reference = "item_reference";

    /// <summary>
    /// The type; an item without one is a message, or a reference when it has an id and no role.
    /// </summary>
    public static string Of(JsonField item) =>
        item["type"].Text ?? (item["role"].IsMissing && !item["id"].IsMissing ? Reference : Message);
}

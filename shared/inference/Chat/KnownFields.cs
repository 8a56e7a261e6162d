using System.Text.Json;

namespace Sluice.Inference.Chat;

/// <summary>
/// Types of the request fields that the public OpenAPI file names and that are passed on unread. They are checked here
/// so that a wrong type is refused the same way whatever provider serves the model; fields not listed pass unchecked.
/// </summary>
internal static class KnownFields
{
    private static readonly KnownField[][] ByLength = Build(
        new("temperature", JsonKinds.Number),
        new("top_p", JsonKinds.Number),
        new("presence_penalty", JsonKinds.Number),
        new("frequency_penalty", JsonKinds.Number),
        new("seed", JsonKinds.Integer),
        new("top_logprobs", JsonKinds.Integer),
        new("stop", JsonKinds.String | JsonKinds.Array, JsonKinds.String),
        new("user", JsonKinds.String),
        new("service_tier", JsonKinds.String),
        new("reasoning_effort", JsonKinds.String),
        new("verbosity", JsonKinds.String),
        new("safety_identifier", JsonKinds.String),
        new("prompt_cache_key", JsonKinds.String),
        new("logprobs", JsonKinds.Boolean),
        new("store", JsonKinds.Boolean),
        new("parallel_tool_calls", JsonKinds.Boolean),
        new("tools", JsonKinds.Array, JsonKinds.Object),
        new("functions", JsonKinds.Array, JsonKinds.Object),
        new("modalities", JsonKinds.Array, JsonKinds.String),
        new("tool_choice", JsonKinds.String | JsonKinds.Object),
        new("function_call", JsonKinds.String | JsonKinds.Object),
        new("response_format", JsonKinds.Object),
        new("metadata", JsonKinds.Object),
        new("logit_bias", JsonKinds.Object),
        new("audio", JsonKinds.Object),
        new("prediction", JsonKinds.Object),
        new("web_search_options", JsonKinds.Object));

    /// <summary>The field that the reader is at; null when it is not known.</summary>
    public static KnownField? Find(ref Utf8JsonReader name)
    {
        var length = name.ValueSpan.Length;
        if (length >= ByLength.Length)
        {
            return null;
        }

        foreach (var known in ByLength[length])
        {
            if (name.ValueSpan.SequenceEqual(known.Utf8Name))
            {
                return known;
            }
        }

        return null;
    }

    private static KnownField[][] Build(params KnownField[] fields)
    {
        var byLength = new KnownField[fields.Max(f => f.Name.Length) + 1][];
        for (var length = 0; length < byLength.Length; length++)
        {
            byLength[length] = [.. fields.Where(f => f.Name.Length == length)];
        }

        return byLength;
    }
}

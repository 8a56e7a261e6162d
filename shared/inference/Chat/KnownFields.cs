using System.Text;
using System.Text.Json;

namespace Sluice.Inference.Chat;

/// <summary>
/// Types of the request fields that the public OpenAPI file names and that are passed on unread. They are checked here
/// so that a wrong type is refused the same way whatever provider serves the model; fields not listed pass unchecked.
/// </summary>
internal static class KnownFields
{
    private static readonly (byte[] Name, JsonKinds Kinds)[][] ByLength = Build(
        ("temperature", JsonKinds.Number),
        ("top_p", JsonKinds.Number),
        ("presence_penalty", JsonKinds.Number),
        ("frequency_penalty", JsonKinds.Number),
        ("seed", JsonKinds.Number),
        ("top_logprobs", JsonKinds.Number),
        ("stop", JsonKinds.String | JsonKinds.Array),
        ("user", JsonKinds.String),
        ("service_tier", JsonKinds.String),
        ("reasoning_effort", JsonKinds.String),
        ("verbosity", JsonKinds.String),
        ("safety_identifier", JsonKinds.String),
        ("prompt_cache_key", JsonKinds.String),
        ("logprobs", JsonKinds.Boolean),
        ("store", JsonKinds.Boolean),
        ("parallel_tool_calls", JsonKinds.Boolean),
        ("tools", JsonKinds.Array),
        ("functions", JsonKinds.Array),
        ("modalities", JsonKinds.Array),
        ("tool_choice", JsonKinds.String | JsonKinds.Object),
        ("function_call", JsonKinds.String | JsonKinds.Object),
        ("response_format", JsonKinds.Object),
        ("metadata", JsonKinds.Object),
        ("logit_bias", JsonKinds.Object),
        ("audio", JsonKinds.Object),
        ("prediction", JsonKinds.Object),
        ("web_search_options", JsonKinds.Object));

    /// <summary>The kinds the field may have (null always passes), or null when the field is not known.</summary>
    public static JsonKinds? Find(ref Utf8JsonReader name)
    {
        var length = name.ValueSpan.Length;
        if (length >= ByLength.Length)
        {
            return null;
        }

        foreach (var (known, kinds) in ByLength[length])
        {
            if (name.ValueSpan.SequenceEqual(known))
            {
                return kinds | JsonKinds.Null;
            }
        }

        return null;
    }

    private static (byte[] Name, JsonKinds Kinds)[][] Build(params (string Name, JsonKinds Kinds)[] fields)
    {
        var byLength = new (byte[], JsonKinds)[fields.Max(f => f.Name.Length) + 1][];
        for (var length = 0; length < byLength.Length; length++)
        {
            byLength[length] =
                [.. fields.Where(f => f.Name.Length == length).Select(f => (Encoding.UTF8.GetBytes(f.Name), f.Kinds))];
        }

        return byLength;
    }
}

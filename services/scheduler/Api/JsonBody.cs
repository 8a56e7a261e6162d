using System.Text.Json;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Api;

/// <summary>Bodies of requests that have to be a JSON object.</summary>
internal static class JsonBody
{
    /// <summary>Reads the object; null, with a refusal, when it is not acceptable.</summary>
    public delegate T? Reader<out T>(JsonElement body, out OpenAiErrorResult? refusal)
        where T : class;

    /// <summary>Null, with a refusal, for what is no JSON object of Unicode text or what the reader refuses.</summary>
    public static T? Read<T>(ReadOnlyMemory<byte> json, Reader<T> read, out OpenAiErrorResult? refusal)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return read(document.RootElement, out refusal);
            }

            refusal = Refuse("The body must be a JSON object.");
        }
        catch (JsonException)
        {
            refusal = Refuse("The body is not valid JSON.");
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, escaped, is valid JSON; reading or comparing such a name or text throws.
            refusal = Refuse("A name or text in the body is not valid Unicode.");
        }

        return null;
    }

    private static OpenAiErrorResult Refuse(string why) => OpenAiErrorResult.BadRequest(why, code: "invalid_json");
}

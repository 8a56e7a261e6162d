using System.Text.Json;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>The body of an edited replay.</summary>
/// <param name="Body">The object that takes the place of what failed.</param>
internal sealed record ReplayEdit(JsonElement Body)
{
    /// <summary>Null, with a refusal, when the body is not acceptable.</summary>
    /// <exception cref="InvalidOperationException">A name or text in it is not valid Unicode.</exception>
    public static ReplayEdit? Read(JsonElement json, out OpenAiErrorResult? refusal)
    {
        if (json.GetPropertyCount() == 1
            && json.TryGetProperty("body", out var body)
            && body.ValueKind == JsonValueKind.Object)
        {
            // It is written into what failed, which throws for text that is none: here it is still the client's fault.
            using var writer = new Utf8JsonWriter(Stream.Null);
            body.WriteTo(writer);
            refusal = null;
            return new(body.Clone());
        }

        refusal = OpenAiErrorResult.BadRequest(
            "The body must be a JSON object with one member, the object 'body'.", "body", "invalid_json");
        return null;
    }
}

using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Responses;

/// <summary>
/// Checks a body of <c>POST /v1/responses</c>; the first refusal names its field. Unknown fields pass.
/// </summary>
internal static class RequestChecks
{
    private const int MaxMetadataKeys = 16;
    private const int MaxMetadataKeyLength = 64;
    private const int MaxMetadataValueLength = 512;
    private const int MaxTopLogprobs = 20;

    public static ChatRequestError? Check(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return new("The request body must be a JSON object.", null);
        }

        var root = new JsonField(body, "");
        return NotSupported(root["prompt"])
            ?? NotSupported(root["conversation"])
            ?? NamesSomething(root["model"], root["model"].Required(JsonKinds.String))
            ?? NamesSomething(
                root["previous_response_id"], root["previous_response_id"].Optional(JsonKinds.String))
            ?? InputChecks.Check(root["input"], hasHistory: !root["previous_response_id"].IsMissing)
            ?? Modes(root)
            ?? Sampling(root)
            ?? ToolChecks.Check(root)
            ?? FormatChecks.Check(root["text"])
            ?? Metadata(root["metadata"])
            ?? Details(root);
    }

    private static ChatRequestError? NotSupported(JsonField field) =>
        field.IsMissing ? null : field.Refuse($"'{field.Path}' is not supported.");

    private static ChatRequestError? NamesSomething(JsonField field, ChatRequestError? error) =>
        error ?? (field.Text is "" ? field.Refuse($"'{field.Path}' must not be empty.") : null);

    private static ChatRequestError? Modes(JsonField root)
    {
        var error = root["stream"].Optional(JsonKinds.Boolean)
            ?? root["background"].Optional(JsonKinds.Boolean)
            ?? root["store"].Optional(JsonKinds.Boolean)
            ?? root["stream_options"].Optional(JsonKinds.Object)
            ?? root["stream_options"]["include_obfuscation"].Optional(JsonKinds.Boolean);
        if (error is null && root["background"].IsTrue && root["store"].Value.ValueKind == JsonValueKind.False)
        {
            return root["background"].Refuse("'background' needs 'store': there would be nothing to come back to.");
        }

        return error;
    }

    private static ChatRequestError? Sampling(JsonField root) =>
        root["max_output_tokens"].Integer(1, int.MaxValue)
        ?? root["temperature"].Number(0, 2)
        ?? root["top_p"].Number(0, 1)
        ?? root["top_logprobs"].Integer(0, MaxTopLogprobs)
        ?? root["truncation"].OneOf("auto", "disabled");

    private static ChatRequestError? Details(JsonField root) =>
        root["instructions"].Optional(JsonKinds.String)
        ?? root["reasoning"].Optional(JsonKinds.Object)
        ?? root["reasoning"]["effort"].Optional(JsonKinds.String)
        ?? root["user"].Optional(JsonKinds.String)
        ?? root["service_tier"].Optional(JsonKinds.String)
        ?? root["safety_identifier"].Optional(JsonKinds.String)
        ?? root["prompt_cache_key"].Optional(JsonKinds.String)
        ?? root["include"].Optional(JsonKinds.Array)
        ?? root["include"].Elements().Select(e => e.Required(JsonKinds.String)).FirstOrDefault(e => e is not null);

    private static ChatRequestError? Metadata(JsonField metadata)
    {
        if (metadata.IsMissing)
        {
            return null;
        }

        if (metadata.Optional(JsonKinds.Object) is { } error)
        {
            return error;
        }

        var count = 0;
        foreach (var entry in metadata.Value.EnumerateObject())
        {
            var value = new JsonField(entry.Value, $"metadata.{entry.Name}");
            if (++count > MaxMetadataKeys)
            {
                return metadata.Refuse($"'metadata' must have at most {MaxMetadataKeys} keys.");
            }

            if (entry.Name.Length > MaxMetadataKeyLength)
            {
                return metadata.Refuse($"A key of 'metadata' is longer than {MaxMetadataKeyLength} characters.");
            }

            if (value.Required(JsonKinds.String) is { } refused)
            {
                return refused;
            }

            if (value.Text!.Length > MaxMetadataValueLength)
            {
                return value.Refuse($"'{value.Path}' is longer than {MaxMetadataValueLength} characters.");
            }
        }

        return null;
    }
}

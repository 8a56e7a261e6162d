using System.Text.Json;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Priorities;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>The body of POST /v1/batches. Unknown members are ignored.</summary>
/// <param name="InputFileId">As the client sent it; whether it exists is found out later.</param>
/// <param name="Endpoint">As the client sent it; whether it is served is found out later.</param>
/// <param name="Window">The time it has.</param>
/// <param name="Priority">As asked for, or that of its window.</param>
/// <param name="Metadata">JSON object of strings; null when there is none.</param>
internal sealed record CreateBatchBody(
    string InputFileId, string Endpoint, CompletionWindow Window, BatchPriority Priority, string? Metadata)
{
    private const int MaxMetadataKeys = 16;
    private const int MaxMetadataKeyLength = 64;
    private const int MaxMetadataValueLength = 512;

    /// <summary>Null, with a refusal that names the field, when the body is not acceptable.</summary>
    public static CreateBatchBody? Parse(ReadOnlyMemory<byte> json, out OpenAiErrorResult? refusal) =>
        JsonBody.Read<CreateBatchBody>(json, Read, out refusal);

    /// <summary>As <see cref="Parse"/>, of a body that is an object.</summary>
    public static CreateBatchBody? Read(JsonElement body, out OpenAiErrorResult? refusal)
    {
        refusal = null;
        if (Text(body, "input_file_id", ref refusal) is not { } file
            || Text(body, "endpoint", ref refusal) is not { } endpoint
            || Text(body, "completion_window", ref refusal) is not { } text)
        {
            return null;
        }

        var window = CompletionWindow.Parse(text);
        refusal = window is null ? NotOneOf("completion_window", CompletionWindow.Known)
            : CheckMetadata(body);
        if (refusal is not null)
        {
            return null;
        }

        var priority = RequestedPriority.Read(body, out refusal);
        return refusal is null
            ? new(file, endpoint, window!.Value, priority ?? window.Value.DefaultPriority, MetadataOf(body))
            : null;
    }

    private static string? Text(JsonElement body, string name, ref OpenAiErrorResult? refusal)
    {
        if (!body.TryGetProperty(name, out var value))
        {
            refusal = OpenAiErrorResult.BadRequest($"'{name}' is missing.", name, "missing_required_field");
            return null;
        }

        if (!JsonStrings.TryRead(value, out var text))
        {
            refusal = OpenAiErrorResult.BadRequest($"'{name}' must be a string.", name, "invalid_type");
            return null;
        }

        return text;
    }

    private static OpenAiErrorResult NotOneOf(string name, string known) =>
        OpenAiErrorResult.BadRequest($"'{name}' must be {known}.", name, $"unsupported_{name}");

    private static OpenAiErrorResult? CheckMetadata(JsonElement body)
    {
        if (!body.TryGetProperty("metadata", out var metadata) || metadata.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (metadata.ValueKind != JsonValueKind.Object)
        {
            return Refuse("must be an object of strings");
        }

        var keys = 0;
        foreach (var member in metadata.EnumerateObject())
        {
            if (++keys > MaxMetadataKeys)
            {
                return Refuse($"has more than {MaxMetadataKeys} keys");
            }

            if (member.Name.Length is 0 or > MaxMetadataKeyLength)
            {
                return Refuse($"has a key that is not 1 to {MaxMetadataKeyLength} characters long");
            }

            if (!JsonStrings.TryRead(member.Value, out var value))
            {
                return Refuse($"must have strings as values; that of '{member.Name}' is not one");
            }

            if (value.Length > MaxMetadataValueLength)
            {
                return Refuse($"has a value, of '{member.Name}', of more than {MaxMetadataValueLength} characters");
            }
        }

        return null;

        static OpenAiErrorResult Refuse(string why) =>
            OpenAiErrorResult.BadRequest($"'metadata' {why}.", "metadata", "invalid_metadata");
    }

    private static string? MetadataOf(JsonElement body)
    {
        if (!body.TryGetProperty("metadata", out var metadata) || metadata.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in metadata.EnumerateObject())
        {
            map[member.Name] = member.Value.GetString()!;
        }

        return JsonSerializer.Serialize(map, SchedulerJsonContext.Default.DictionaryStringString);
    }
}

using System.Text.Json;

namespace Sluice.Tests.Integration.BatchWorker;

/// <summary>A line of an output or error file.</summary>
public sealed record ResultText(string Id, string CustomId, int? Status, string? Content, string? Code, string? Body)
{
    public static ResultText Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var response = root.GetProperty("response");
        var error = root.GetProperty("error");
        var isAnswer = response.ValueKind == JsonValueKind.Object;
        return new(
            root.GetProperty("id").GetString()!,
            root.GetProperty("custom_id").ToString(),
            isAnswer ? response.GetProperty("status_code").GetInt32() : null,
            isAnswer && response.GetProperty("body") is { ValueKind: JsonValueKind.Object } body
                && body.TryGetProperty("choices", out var choices)
                ? choices[0].GetProperty("message").GetProperty("content").GetString()
                : null,
            error.ValueKind == JsonValueKind.Object ? error.GetProperty("code").GetString() : null,
            isAnswer ? response.GetProperty("body").GetRawText() : null);
    }
}

using System.Text.Json;
using Sluice.Scheduler.Api;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Webhooks;

/// <summary>The body of POST /v1/webhook_endpoints. Unknown members are ignored.</summary>
/// <param name="Name">For people; may be empty.</param>
/// <param name="Url">Where events go; whether it may be reached is found out later.</param>
/// <param name="EventTypes">At least one, each once.</param>
internal sealed record CreateWebhookBody(string Name, Uri Url, string[] EventTypes)
{
    private const int MaxNameLength = 128;
    private const int MaxUrlLength = 2048;

    /// <summary>Null, with a refusal that names the field, when the body is not acceptable.</summary>
    public static CreateWebhookBody? Parse(
        ReadOnlyMemory<byte> json, bool allowHttp, out OpenAiErrorResult? refusal) =>
        JsonBody.Read(
            json,
            (JsonElement body, out OpenAiErrorResult? wrong) => Read(body, allowHttp, out wrong),
            out refusal);

    private static CreateWebhookBody? Read(JsonElement body, bool allowHttp, out OpenAiErrorResult? refusal)
    {
        refusal = null;
        var name = body.TryGetProperty("name", out var named) ? Text(named) : "";
        if (name is null || name.Length > MaxNameLength)
        {
            refusal = Refuse("name", $"must be a string of at most {MaxNameLength} characters");
            return null;
        }

        var url = UrlOf(body, allowHttp, ref refusal);
        var events = url is null ? null : EventsOf(body, ref refusal);
        return events is null ? null : new(name, url!, events);
    }

    private static Uri? UrlOf(JsonElement body, bool allowHttp, ref OpenAiErrorResult? refusal)
    {
        if (!body.TryGetProperty("url", out var value) || Text(value) is not { Length: > 0 } text)
        {
            refusal = Refuse("url", "is missing; give the https address that events are posted to");
            return null;
        }

        var isUrl = Uri.TryCreate(text, UriKind.Absolute, out var url);
        var why = text.Length > MaxUrlLength ? $"has more than {MaxUrlLength} characters"
            : !isUrl || url!.Host.Length == 0 || url.Scheme is not ("https" or "http") ? "must be an https address"
            : url.Scheme == "http" && !allowHttp
                ? "must be an https address; http is allowed only where Webhooks:AllowHttp says so"
            : url.UserInfo.Length > 0 ? "must not hold a user name or password"
            : url.Fragment.Length > 0 ? "must not have a fragment"
            : null;
        refusal = why is null ? null : Refuse("url", why);
        return why is null ? url : null;
    }

    private static string[]? EventsOf(JsonElement body, ref OpenAiErrorResult? refusal)
    {
        if (!body.TryGetProperty("event_types", out var value))
        {
            return WebhookEvents.All;
        }

        string?[] events = value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Take(WebhookEvents.All.Length + 1).Select(Text).ToArray()
            : [];
        if (events.Length == 0
            || events.Length > WebhookEvents.All.Length
            || Array.Exists(events, e => e is null || !WebhookEvents.All.Contains(e, StringComparer.Ordinal))
            || events.Distinct(StringComparer.Ordinal).Count() != events.Length)
        {
            refusal = Refuse("event_types", $"must list some of {string.Join(", ", WebhookEvents.All)}, each once");
            return null;
        }

        return events!;
    }

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is { } text && !text.Contains('\0')
                ? text
                : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
            return null;
        }
    }

    private static OpenAiErrorResult Refuse(string name, string why) =>
        OpenAiErrorResult.BadRequest($"'{name}' {why}.", name, $"invalid_{name}");
}

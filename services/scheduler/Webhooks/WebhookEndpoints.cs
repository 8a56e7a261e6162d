using System.Globalization;
using Npgsql;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Api;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// Webhooks as the official clients register them, <c>/v1/webhook_endpoints</c>, and our view of their deliveries.
/// </summary>
internal static class WebhookEndpoints
{
    private const int MaxBodyBytes = 16 * 1024;
    private const int DefaultDeliveries = 20;
    private const int MaxDeliveries = 100;

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup("/v1/webhook_endpoints");
        webhooks.MapPost("", CreateAsync);
        webhooks.MapGet("", ListAsync);
        webhooks.MapGet("{id}", GetAsync);
        webhooks.MapDelete("{id}", DeleteAsync);
        app.MapGet("/api/webhooks/{id}/deliveries", DeliveriesAsync).AddEndpointFilter(new ProblemFilter());
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http, WebhookCreation creation, IOptions<WebhookOptions> options,
        CancellationToken cancellationToken)
    {
        if (await BoundedBody.ReadAsync(http.Request, MaxBodyBytes, cancellationToken) is not { } bytes)
        {
            return OpenAiErrorResult.TooLarge($"The body is longer than {MaxBodyBytes} bytes.");
        }

        if (CreateWebhookBody.Parse(bytes, options.Value.AllowHttp, out var wrong) is not { } body)
        {
            return wrong!;
        }

        var (view, refusal) = await creation.RunAsync(http.Tenant(), body, cancellationToken);
        return view is null ? refusal! : TypedResults.Json(view, WebhookJsonContext.Default.WebhookView);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var found = await WebhookTable.ListAsync(connection, http.Tenant(), cancellationToken);
        return TypedResults.Json(
            ListView<WebhookView>.Of([.. found.Select(w => WebhookView.Of(w))], found.Count, w => w.Id),
            WebhookJsonContext.Default.ListViewWebhookView);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return PublicId.TryParseWebhook(id, out var key)
            && await WebhookTable.FindAsync(connection, http.Tenant(), key, cancellationToken) is { } webhook
                ? TypedResults.Json(WebhookView.Of(webhook), WebhookJsonContext.Default.WebhookView)
                : NotFound(id);
    }

    private static async Task<IResult> DeleteAsync(
        string id, HttpContext http, NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return PublicId.TryParseWebhook(id, out var key)
            && await WebhookTable.DeleteAsync(connection, http.Tenant(), key, cancellationToken)
                ? TypedResults.Json(new WebhookDeletedView(id), WebhookJsonContext.Default.WebhookDeletedView)
                : NotFound(id);
    }

    private static async Task<IResult> DeliveriesAsync(
        string id, HttpContext http, NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (!PublicId.TryParseWebhook(id, out var key)
            || await WebhookTable.FindAsync(connection, http.Tenant(), key, cancellationToken) is null)
        {
            return NotFound(id);
        }

        var limit = DefaultDeliveries;
        if (http.Request.Query["limit"].ToString() is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit is < 1 or > MaxDeliveries))
        {
            return OpenAiErrorResult.BadRequest(
                $"'limit' must be a whole number from 1 to {MaxDeliveries}.", "limit", "invalid_limit");
        }

        Guid? after = null;
        if (http.Request.Query["after"].ToString() is { Length: > 0 } cursor)
        {
            if (!PublicId.TryParseEvent(cursor, out var last))
            {
                return OpenAiErrorResult.BadRequest(
                    "'after' must be the id of a delivery, as evt_….", "after", "invalid_after");
            }

            after = last;
        }

        var found = await WebhookTable.DeliveriesAsync(connection, key, after, limit + 1, cancellationToken);
        return TypedResults.Json(
            ListView<DeliveryView>.Of([.. found.Select(DeliveryView.Of)], limit, d => d.Id),
            WebhookJsonContext.Default.ListViewDeliveryView);
    }

    private static OpenAiErrorResult NotFound(string id) => OpenAiErrorResult.NotFound(
        $"No such webhook endpoint: {(id.Length <= 64 ? id : id[..64] + "…")}", "id", "webhook_not_found");
}

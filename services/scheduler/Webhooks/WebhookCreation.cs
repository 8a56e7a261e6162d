using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Webhooks;

/// <summary>Registers webhooks.</summary>
internal sealed class WebhookCreation(
    NpgsqlDataSource dataSource,
    WebhookAddresses addresses,
    WebhookSecrets secrets,
    IOptions<WebhookOptions> options,
    TimeProvider time)
{
    private static readonly TimeSpan ResolvePatience = TimeSpan.FromSeconds(2);

    /// <summary>The webhook with its secret, which is never shown again; or why there is none.</summary>
    public async Task<(WebhookView? View, OpenAiErrorResult? Refusal)> RunAsync(
        string tenant, CreateWebhookBody body, CancellationToken cancellationToken)
    {
        if (await RefuseAddressAsync(body.Url, cancellationToken) is { } refusal)
        {
            return (null, refusal);
        }

        var secret = WebhookSecret.Create();
        var now = time.GetUtcNow();
        var webhook = new Webhook
        {
            Id = Guid.CreateVersion7(now),
            Name = body.Name,
            Url = body.Url.AbsoluteUri,
            EventTypes = body.EventTypes,
            CreatedAt = now.UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var max = options.Value.MaxPerTenant;
        var box = secrets.Seal(webhook.Id, secret);
        return await WebhookTable.InsertAsync(connection, tenant, webhook, box, max, cancellationToken)
            ? (WebhookView.Of(webhook, secret), null)
            : (null, OpenAiErrorResult.Conflict(
                $"There are {max} webhooks, which is as many as there may be; delete one first.",
                code: "too_many_webhooks"));
    }

    /// <summary>
    /// What can be seen now is said now. It decides nothing: a name may lead elsewhere later, so each connection is
    /// checked again; and one that does not resolve yet may do so when the first event comes.
    /// </summary>
    private async Task<OpenAiErrorResult?> RefuseAddressAsync(Uri url, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(ResolvePatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await addresses.ResolveAsync(url.IdnHost.Trim('[', ']'), either.Token);
            return null;
        }
        catch (WebhookAddressException e)
        {
            return OpenAiErrorResult.BadRequest(
                $"{e.Message} Webhooks reach public addresses, and the networks of Webhooks:AllowedNetworks.",
                "url",
                "webhook_address_not_allowed");
        }
        catch (SocketException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}

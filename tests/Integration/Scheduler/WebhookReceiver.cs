using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>A receiver of webhooks that answers as it is told, and keeps what it was sent.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<int> _statuses;

    private WebhookReceiver(WebApplication app, IEnumerable<int> statuses)
    {
        _app = app;
        _statuses = new(statuses);
    }

    /// <summary>What came, in order.</summary>
    public ConcurrentQueue<ReceivedWebhook> Received { get; } = new();

    public string Url => _app.Urls.First() + Path;

    /// <summary>
    /// Of this receiver alone: one that had the port before it may still be sent something. Where a redirection leads
    /// begins with it as well.
    /// </summary>
    public string Path { get; } = "/" + Guid.NewGuid().ToString("N");

    public int Port => new Uri(Url).Port;

    /// <summary>Starts one.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="statuses">Answers to the first events; all others get 204.</param>
    public static async Task<WebhookReceiver> StartAsync(string address, params int[] statuses)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Parse(address), 0));
        var receiver = new WebhookReceiver(builder.Build(), statuses);
        receiver._app.Run(receiver.AnswerAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments(Path, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var body = new StreamReader(context.Request.Body);
        var headers = context.Request.Headers;
        Received.Enqueue(new(
            context.Request.Path.ToString(), headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(),
            headers["webhook-signature"].ToString(), await body.ReadToEndAsync()));
        var status = _statuses.TryDequeue(out var next) ? next : StatusCodes.Status204NoContent;
        context.Response.StatusCode = status;
        context.Response.Headers.Location = status is >= 300 and < 400 ? Path + "/elsewhere" : default;
    }
}

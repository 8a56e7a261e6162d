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

    /// <summary>Answers to the first events; all others get 204.</summary>
    public string Url => _app.Urls.First() + "/hook";

    public int Port => new Uri(Url).Port;

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
        using var body = new StreamReader(context.Request.Body);
        var headers = context.Request.Headers;
        Received.Enqueue(new(
            context.Request.Path.ToString(), headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(),
            headers["webhook-signature"].ToString(), await body.ReadToEndAsync()));
        var status = _statuses.TryDequeue(out var next) ? next : StatusCodes.Status204NoContent;
        context.Response.StatusCode = status;
        context.Response.Headers.Location = status is >= 300 and < 400 ? "/elsewhere" : default;
    }
}

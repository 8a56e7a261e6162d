using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sluice.Tests.EndToEnd.Telemetry;

/// <summary>
/// A provider, and a collector of telemetry, that keep what they are sent. Thread-safe; for few short tests.
/// </summary>
internal sealed class RecordingUpstream : IAsyncDisposable
{
    public const string Model = "recorded";

    private const string Completion =
        """
        {"id":"theirs","object":"chat.completion","created":1,"model":"recorded","choices":[{"index":0,"finish_reason":
        "stop","message":{"role":"assistant","content":"ok"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,
        "total_tokens":2}}
        """;

    private readonly WebApplication _app;

    private RecordingUpstream(WebApplication app) => _app = app;

    /// <summary>The <c>traceparent</c> of every completion asked for; tests take them out.</summary>
    public ConcurrentQueue<string> TraceParents { get; } = new();

    /// <summary>Bodies of the OTLP exports of spans, as they came.</summary>
    public ConcurrentQueue<byte[]> Spans { get; } = new();

    public Uri Address => new(
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<RecordingUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var upstream = new RecordingUpstream(app);
        app.MapPost("/v1/chat/completions", (HttpRequest request) =>
        {
            upstream.TraceParents.Enqueue(request.Headers.TraceParent.ToString());
            return Results.Text(Completion, "application/json");
        });
        app.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            upstream.Spans.Enqueue(body.ToArray());
        });
        app.MapPost("/v1/metrics", () => { });
        app.MapPost("/v1/logs", () => { });
        await app.StartAsync();
        return upstream;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

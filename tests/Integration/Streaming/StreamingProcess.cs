using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.ServiceDefaults.Hosting;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming;
using Sluice.Durability.Instances;
using Sluice.Streaming.Admission;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Responses;
using Sluice.TestKit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>A real streaming host on a free port, with a client that passes for the gateway.</summary>
internal sealed class StreamingProcess : IAsyncDisposable
{
    // One database for all of them, as in a deployment; it goes with the tests' own server.
    private static readonly Task<PostgresDatabase> s_database = Task.Run(() => PostgresDatabase.CreateAsync());

    private readonly WebApplication _app;

    private StreamingProcess(WebApplication app)
    {
        _app = app;
        Client = NewClient(withSecret: true);
    }

    public HttpClient Client { get; }

    /// <summary>Responses that the host counts as running.</summary>
    public int ActiveResponses => _app.Services.GetRequiredService<ActiveResponses>().Count;

    /// <summary>Requests that wait for a place.</summary>
    public int Waiting => _app.Services.GetRequiredService<AdmissionQueue>().Count;

    /// <summary>How long the database has left its renewals without an answer.</summary>
    public TimeSpan? Unanswered => _app.Services.GetRequiredService<IInstances>().Unanswered;

    /// <summary>Where the gateway's streams come in.</summary>
    public Uri Http2Address => _app.ListenerAddress(ListenerKind.Http2);

    public Uri Address => _app.ListenerAddress(ListenerKind.Internal);

    /// <summary>A service of the host.</summary>
    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<StreamingProcess> StartAsync(params string[] settings)
    {
        var app = StreamingHost.Build(
            [
                "--Internal:Url=http://127.0.0.1:0",
                "--Streaming:Http2Url=http://127.0.0.1:0",
                $"--ConnectionStrings:Postgres={(await s_database).Uri}",
                // No gateway has to notice that it stops, and nearly always another one is alive.
                "--Streaming:DrainNotice=00:00:00",
                .. settings,
            ]);
        await app.StartAsync();
        return new StreamingProcess(app);
    }

    /// <summary>Waits until it has seen that many living instances, itself included.</summary>
    public Task SeesAsync(int instances) => Eventually.Until(
        $"it sees {instances} instances",
        () => _app.Services.GetRequiredService<IInstanceWatch>().Alive.Count == instances);

    /// <summary>One with a provider <c>far</c> at an address, which serves the model <c>far-model</c>.</summary>
    public static Task<StreamingProcess> WithProviderAsync(Uri address, params string[] settings) => StartAsync(
    [
        $"--Inference:Providers:far:BaseUrl={address}v1",
        "--Inference:Providers:far:Models:0=far-model",
        .. settings,
    ]);

    /// <param name="withSecret">Passes for the gateway.</param>
    /// <param name="tenant">Whom it says to act for.</param>
    /// <param name="receiveBytes">Size of its receive buffers; small ones make a slow reader felt soon.</param>
    public HttpClient NewClient(bool withSecret, string tenant = "dev", int? receiveBytes = null)
    {
        var handler = new SocketsHttpHandler();
        if (receiveBytes is { } bytes)
        {
            handler.ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = bytes };
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        var client = new HttpClient(handler) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        if (withSecret)
        {
            client.DefaultRequestHeaders.Add(InternalHeaders.Secret, InternalOptions.DevelopmentSecret);
            client.DefaultRequestHeaders.Add(InternalHeaders.Tenant, tenant);
        }

        return client;
    }

    public Task<HttpResponseMessage> PostAsync(string body, CancellationToken cancellation = default) =>
        PostAsync(Client, body, cancellation);

    public static Task<HttpResponseMessage> PostAsync(
        HttpClient client, string body, CancellationToken cancellation = default) =>
        PostAsync(client, body, "/v1/chat/completions", cancellation);

    public static Task<HttpResponseMessage> PostAsync(
        HttpClient client, string body, string path, CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public Task<HttpResponseMessage> ChatAsync(
        string message,
        bool stream,
        string model = "sluice-sim",
        CancellationToken cancellation = default)
    {
        var messages = new[] { new { role = "user", content = message } };
        var body = JsonContent.Create(new { model, stream, messages });
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = body };
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>Rejoins a completion after the event <paramref name="seen"/>.</summary>
    public Task<HttpResponseMessage> ResumeAsync(string id, string seen)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/chat/completions/{id}?stream=true");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", seen);
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Responses of other instances that it follows for its readers.</summary>
    public int Followed => _app.Services.GetRequiredService<Followers>().Count;

    /// <summary>Readers that a response has that it generates.</summary>
    public int ReadersOf(string id)
    {
        ResponseKey.TryParse(id, ResponseKey.SurfaceOf(id), out var key).ShouldBeTrue();
        var registry = _app.Services.GetRequiredService<ResponseRegistry>();
        return registry.TryFind(key, out var response) ? response.Readers.Count : 0;
    }

    /// <summary>Bytes that all running responses hold for their readers.</summary>
    public long Held => _app.Services.GetRequiredService<ResponseRegistry>().All.Sum(r => r.Frames.Bytes);

    /// <summary>First position of a running response that is in memory.</summary>
    public long FirstInMemory(string id)
    {
        ResponseKey.TryParse(id, ResponseSurface.Chat, out var key).ShouldBeTrue();
        var registry = _app.Services.GetRequiredService<ResponseRegistry>();
        return registry.TryFind(key, out var response) ? response.Frames.First : 0;
    }

    public static async Task<bool> IsCompactedAsync(string id) => await (await s_database).ScalarAsync(
        $"SELECT compacted FROM streaming.responses WHERE id = '{id["chatcmpl-".Length..]}'") is true;

    public Task StopAsync() => Task.Run(() => _app.StopAsync());

    /// <summary>
    /// On the pool: a test often goes on within a socket's completion, and what a stop cancels may be a query, which
    /// Npgsql does with a connection that it waits for, on the very thread that would have to notice the answer.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Task.Run(async () => await _app.DisposeAsync());
    }
}

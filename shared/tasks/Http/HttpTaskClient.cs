using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.Options;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Net;

namespace Sluice.Tasks.Http;

/// <summary>
/// Makes the calls of <see cref="HttpTask"/>. Redirects are answers like any other, so that no host is called but the
/// one that was checked. Thread-safe.
/// </summary>
internal sealed class HttpTaskClient : IDisposable
{
    private const string Name = "The called service";

    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly HttpTaskOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _client;

    public HttpTaskClient(IOptions<HttpTaskOptions> options, TimeProvider time)
    {
        (_options, _time) = (options.Value, time);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxResponseDrainSize = 0,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (!_options.AllowPrivateAddresses)
        {
            handler.ConnectCallback = PublicAddresses.ConnectAsync;
        }

        _client = new(handler);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>One attempt. The answer's body is JSON: what came if that is JSON, else its text as a string.</summary>
    public async Task<ModelAnswer> PostAsync(string id, HttpTaskData data, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var request = Request(id, data);
            using var response = await _client.SendAsync(request, either.Token);
            var status = (int)response.StatusCode;
            return await ReadAsync(response.Content, either.Token) is { } body
                ? new() { Status = status, Body = body, RetryAfter = RetryAfter(response.Headers.RetryAfter) }
                : Failed(
                    ModelFailureKind.Garbage,
                    "response_too_large",
                    $"{Name} answered {status} with more than {_options.MaxResponseBytes} bytes.",
                    isFinal: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Failed(
                ModelFailureKind.TimedOut, "http_timeout", $"{Name} did not answer within {_options.Timeout}.");
        }
        catch (HttpRequestException exception) when (exception.InnerException is PrivateAddressException address)
        {
            return Failed(ModelFailureKind.Garbage, "host_not_allowed", address.Message, isFinal: true);
        }
        catch (HttpRequestException exception) when (
            exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            return Failed(ModelFailureKind.Unreachable, "http_error", $"{Name} could not be reached.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return Failed(ModelFailureKind.Cut, "http_error", $"{Name} cut its answer, or the connection to it.");
        }
    }

    private static HttpRequestMessage Request(string id, HttpTaskData data)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, data.Url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(data.Body),
        };
        request.Content.Headers.ContentType = data.Body.IsEmpty ? null : s_json;
        foreach (var (name, value) in data.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (!request.Headers.Contains("Idempotency-Key"))
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", id);
        }

        return request;
    }

    /// <summary>Null when there is more than the bound.</summary>
    private async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > _options.MaxResponseBytes)
        {
            return null;
        }

        var body = new MemoryStream();
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[8_192];
        while (await stream.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            if (body.Length + read > _options.MaxResponseBytes)
            {
                return null;
            }

            await body.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }

        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        return IsJson(bytes.Span) ? bytes : AsText(bytes.Span);
    }

    private static byte[] AsText(ReadOnlySpan<byte> bytes)
    {
        // Bytes that are no UTF-8 are replaced: a result has to be JSON.
        var text = JsonEncodedText.Encode(Encoding.UTF8.GetString(bytes));
        return [(byte)'"', .. text.EncodedUtf8Bytes, (byte)'"'];
    }

    private static bool IsJson(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? asked) => asked switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > _time.GetUtcNow() => date - _time.GetUtcNow(),
        _ => null,
    };

    private static ModelAnswer Failed(ModelFailureKind kind, string code, string message, bool isFinal = false) => new()
    {
        Failure = new(kind, message) { Code = code, IsFinal = isFinal },
    };
}

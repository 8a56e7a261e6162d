using System.Diagnostics;
using System.Net;
using System.Text;

namespace Sluice.Bench.Fanout;

/// <summary>
/// One response of the simulated model. Its creator is a reader as well, which is not measured and keeps it running.
/// </summary>
internal sealed class SluiceStream : IFanoutStream
{
    /// <summary>Of the internal hop, for this benchmark's own processes.</summary>
    public const string Secret = "sluice-fanout-benchmark";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly string _path = $"/v1/chat/completions/chatcmpl-{Guid.CreateVersion7():N}";
    private readonly FanoutScript _script;
    private readonly HttpClient _http;
    private readonly FanoutReader _creator = new();
    private readonly Task _running;
    private readonly long _opened = Stopwatch.GetTimestamp();

    public SluiceStream(Uri streaming, Uri readers, FanoutScript script)
    {
        _script = script;
        _http = new HttpClient { BaseAddress = streaming };
        foreach (var (name, value) in Headers)
        {
            _http.DefaultRequestHeaders.Add(name, value);
        }

        Address = EndPoint(readers);
        Request = Encoding.ASCII.GetBytes($"GET {_path}?stream=true HTTP/1.1\r\n{Head(readers)}\r\n");
        _running = _creator.RunAsync(EndPoint(streaming), Creation(streaming));
    }

    public IPEndPoint Address { get; }

    public byte[] Request { get; }

    private static IReadOnlyList<(string Name, string Value)> Headers =>
    [
        ("Authorization", "Bearer sk-dev"), ("X-Sluice-Internal-Secret", Secret), ("X-Sluice-Tenant", "dev"),
    ];

    /// <summary>The request to create it has arrived: readers find it.</summary>
    public async Task WaitUntilKnownAsync()
    {
        while (!_running.IsCompleted)
        {
            using var answer = await _http.GetAsync(new Uri(_path, UriKind.Relative));
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                return;
            }

            await Task.Delay(Pause);
        }

        throw new InvalidOperationException($"The response did not begin: {_creator.Fault}");
    }

    /// <summary>Asks the server's own gauge: before the first event there is nothing that a reader could see.</summary>
    public async Task WaitForReadersAsync(IReadOnlyList<FanoutReader> readers)
    {
        var metrics = new Uri("/metrics", UriKind.Relative);
        while (Stopwatch.GetElapsedTime(_opened) < _script.First
            && StreamingGauge.Readers(await _http.GetStringAsync(metrics)) != readers.Count + 1)
        {
            await Task.Delay(Pause);
        }
    }

    public Task PublishAsync(CancellationToken cancellation) => _running.WaitAsync(cancellation);

    public void Dispose()
    {
        _http.Dispose();
        _creator.Dispose();
    }

    private static IPEndPoint EndPoint(Uri server) => new(IPAddress.Parse(server.Host), server.Port);

    private static string Head(Uri server) =>
        $"Host: {server.Authority}\r\n" + string.Concat(Headers.Select(h => $"{h.Name}: {h.Value}\r\n"));

    private byte[] Creation(Uri streaming)
    {
        var message = $"@sim stamp tokens={_script.Events} delay_ms={_script.Interval.TotalMilliseconds:0} "
            + $"first_ms={_script.First.TotalMilliseconds:0}";
        var body = $$"""
            {"model":"sluice-sim","stream":true,"messages":[{"role":"user","content":"{{message}}"}]}
            """;
        return Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\n{Head(streaming)}X-Sluice-Response-Id: {_path.Split('/')[^1]}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }
}

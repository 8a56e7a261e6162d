using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Sluice.Bench.Takeover;

/// <summary>
/// One reader of one response, which comes back behind the last event that it has whenever its connection breaks.
/// </summary>
internal sealed class TakeoverReader : IDisposable
{
    /// <summary>A simulated provider that goes on with the start of an answer.</summary>
    public const string Model = "sluice-prefix";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http;
    private HttpResponseMessage? _answer;
    private StreamReader? _lines;
    private long _last;

    public TakeoverReader(Uri gateway)
    {
        _http = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(10) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk-dev");
    }

    /// <summary>Hex digits of the response's id.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Position of the last event that it has.</summary>
    public long Position { get; private set; } = -1;

    /// <summary>The longest time between two events since <see cref="ForgetSilence"/>.</summary>
    public TimeSpan LongestSilence { get; private set; }

    public async Task StartAsync(int tokens, int delayMs)
    {
        var messages = new[] { new { role = "user", content = $"@sim count tokens={tokens} delay_ms={delayMs}" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = Model, stream = true, messages }),
        };
        await UseAsync(await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead));
        _last = Stopwatch.GetTimestamp();
    }

    public void ForgetSilence() => (LongestSilence, _last) = (TimeSpan.Zero, Stopwatch.GetTimestamp());

    /// <summary>Reads until it has that many events more.</summary>
    public async Task ReadAsync(int events)
    {
        for (var end = Position + events; Position < end;)
        {
            try
            {
                var line = await _lines!.ReadLineAsync() ?? throw new IOException("The stream ended in order.");
                if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    Take(long.Parse(line.AsSpan(4), CultureInfo.InvariantCulture));
                }
                else if (Id.Length == 0 && line.IndexOf("chatcmpl-", StringComparison.Ordinal) is var at and >= 0)
                {
                    Id = line.Substring(at + "chatcmpl-".Length, 32);
                }
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                await RejoinAsync();
            }
        }
    }

    /// <summary>Ends the answer.</summary>
    public async Task CancelAsync()
    {
        using var answer = await _http.DeleteAsync($"/api/streams/chatcmpl-{Id}");
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose()
    {
        _lines?.Dispose();
        _answer?.Dispose();
        _http.Dispose();
    }

    private void Take(long position)
    {
        if (position != Position + 1)
        {
            throw new InvalidOperationException($"Event {position} came after event {Position}.");
        }

        var now = Stopwatch.GetTimestamp();
        var silence = Stopwatch.GetElapsedTime(_last, now);
        LongestSilence = silence > LongestSilence ? silence : LongestSilence;
        (_last, Position) = (now, position);
    }

    private async Task RejoinAsync()
    {
        while (true)
        {
            var path = $"/v1/chat/completions/chatcmpl-{Id}?stream=true";
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Last-Event-ID", Position.ToString(CultureInfo.InvariantCulture));
            try
            {
                var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                if (answer.IsSuccessStatusCode)
                {
                    await UseAsync(answer);
                    return;
                }

                answer.Dispose();
            }
            catch (HttpRequestException)
            {
                // Whoever it was sent to is gone; the next attempt finds another.
            }

            await Task.Delay(RetryDelay);
        }
    }

    private async Task UseAsync(HttpResponseMessage answer)
    {
        _lines?.Dispose();
        _answer?.Dispose();
        _answer = answer.EnsureSuccessStatusCode();
        _lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
    }
}

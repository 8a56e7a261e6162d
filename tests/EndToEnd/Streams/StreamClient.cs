using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>
/// A client that reads one streamed completion over as many connections as it takes, and goes on behind the last event
/// that it has seen whole. For one loop.
/// </summary>
internal sealed class StreamClient : IDisposable
{
    private static readonly TimeSpan s_headersPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_readPatience = TimeSpan.FromMinutes(1);

    private readonly List<string> _frames = [];
    private HttpResponseMessage? _response;
    private StreamReader? _lines;
    private string? _id;

    /// <param name="id">A completion to read from its first event on; null for one that is yet to be started.</param>
    public StreamClient(string? id = null) => _id = id;

    public string Id => _id ??= Data[0]["id"]!.GetValue<string>();

    /// <summary>Events seen whole.</summary>
    public int Count => _frames.Count;

    /// <summary>All events as they came, without heartbeats.</summary>
    public string Text => string.Concat(_frames);

    /// <summary>The model's words.</summary>
    public string Content => string.Concat(Data.Select(
        data => data["choices"]?.AsArray() is [{ } choice, ..] ? choice["delta"]!["content"]?.GetValue<string>() : ""));

    public bool IsDone => Count > 0 && DataOf(_frames[^1]) == "[DONE]";

    /// <summary>Code of the error event that it ended with; null for none.</summary>
    public string? ErrorCode => Count == 0 || IsDone
        ? null
        : JsonNode.Parse(DataOf(_frames[^1]))!["error"]?["code"]?.GetValue<string>();

    /// <summary>A connection ended in order although the text had no end: a loss that nobody would notice.</summary>
    public bool WasCutSilently { get; private set; }

    private IReadOnlyList<JsonNode> Data =>
        [.. _frames.Select(DataOf).Where(data => data != "[DONE]").Select(data => JsonNode.Parse(data)!)];

    /// <summary>Starts a completion of the numbers 0 1 2 ….</summary>
    /// <param name="gateway">Whom to ask.</param>
    /// <param name="model">One of the simulated ones.</param>
    /// <param name="tokens">How many numbers.</param>
    /// <param name="delayMs">Between two of them.</param>
    /// <param name="word">What the prompt says besides.</param>
    public static async Task<StreamClient> StartAsync(
        SluiceApi gateway, string model, int tokens, int delayMs, string word = "")
    {
        using var content = Request(model, tokens, delayMs, word);
        var client = new StreamClient();
        client.Use(await gateway.StartAsync(HttpMethod.Post, SluiceApi.ChatUrl, content));
        return client;
    }

    /// <summary>What <see cref="StartAsync"/> sends.</summary>
    public static StringContent Request(string model, int tokens, int delayMs, string word = "") => new(
        new JsonObject
        {
            ["model"] = model,
            ["stream"] = true,
            ["messages"] = SluiceApi.Message($"@sim count tokens={tokens} delay_ms={delayMs} {word}"),
        }.ToJsonString(),
        Encoding.UTF8,
        "application/json");

    /// <summary>Drops the connection, if there is one, and rejoins behind the last event seen.</summary>
    public async Task RejoinAsync(SluiceApi gateway)
    {
        Drop();
        using var patience = new CancellationTokenSource(s_headersPatience);
        Use(await gateway.ResumeAsync(Id, Count - 1, patience.Token));
    }

    /// <summary>Rejoins as often as it takes to read to the end.</summary>
    public Task FinishAsync(SluiceApi gateway, TimeSpan? patience = null) => Eventually.Until(
        $"{Id} is read to its end",
        async () =>
        {
            await RejoinAsync(gateway);
            return await ReadAsync() == StreamEnd.Closed && (IsDone || ErrorCode is not null);
        },
        patience);

    /// <summary>Reads until that many events are seen in all, or until the connection ends.</summary>
    public async Task<StreamEnd> ReadAsync(int events = int.MaxValue)
    {
        using var patience = new CancellationTokenSource(s_readPatience);
        var frame = "";
        try
        {
            while (Count < events)
            {
                if (await _lines!.ReadLineAsync(patience.Token) is not { } line)
                {
                    WasCutSilently |= !IsDone && ErrorCode is null;
                    return StreamEnd.Closed;
                }

                if (line.Length > 0)
                {
                    frame += line.StartsWith(':') ? "" : line + "\n";
                }
                else if (frame.Length > 0)
                {
                    _frames.Add(frame + "\n");
                    frame = "";
                }
            }

            return StreamEnd.Reached;
        }
        catch (IOException)
        {
            return StreamEnd.Broken;
        }
    }

    /// <summary>The numbers from 0 on, each event exactly once and in order, never a silent loss.</summary>
    public void ShouldBeSeamless()
    {
        WasCutSilently.ShouldBeFalse("a connection ended in order before the text did");
        _frames.Select(IdOf).ShouldBe(Enumerable.Range(0, Count).Select(n => (long)n));
        var words = Content.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Content.ShouldBe(Counted(words.Length));
    }

    public void ShouldBeWhole(int tokens)
    {
        ShouldBeSeamless();
        IsDone.ShouldBeTrue(Text);
        Content.ShouldBe(Counted(tokens));
    }

    public void Drop()
    {
        _lines?.Dispose();
        _response?.Dispose();
        (_lines, _response) = (null, null);
    }

    public void Dispose() => Drop();

    private static string Counted(int tokens) => string.Join(' ', Enumerable.Range(0, tokens));

    private static string DataOf(string frame) => Field(frame, "data: ");

    private static long IdOf(string frame) => long.Parse(Field(frame, "id: "), CultureInfo.InvariantCulture);

    private static string Field(string frame, string name) =>
        frame.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];

    private void Use(HttpResponseMessage response)
    {
        _response = response;
        _lines = new StreamReader(response.Content.ReadAsStream());
        if (response.StatusCode != HttpStatusCode.OK)
        {
            response.StatusCode.ShouldBe(HttpStatusCode.OK, _lines.ReadToEnd());
        }
    }
}

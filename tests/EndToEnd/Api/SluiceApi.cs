using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sluice.TestKit;

namespace Sluice.Tests.EndToEnd.Api;

/// <summary>The public API of a running Sluice as plain HTTP with one key. Thread-safe.</summary>
internal sealed class SluiceApi(Uri gateway, string? key) : IDisposable
{
    public const string ChatUrl = "/v1/chat/completions";

    private static readonly string[] s_ends = ["completed", "failed", "cancelled", "expired"];

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 2_000 })
    {
        BaseAddress = gateway,
        Timeout = TimeSpan.FromMinutes(5),
    };

    public Uri Gateway => gateway;

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = Request(method, path, content);
        using var response = await _http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }

    /// <summary>Returns at the headers; for streams.</summary>
    public async Task<HttpResponseMessage> StartAsync(
        HttpMethod method, string path, HttpContent? content = null, CancellationToken cancellation = default)
    {
        using var request = Request(method, path, content);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>Rejoins a streamed completion behind an event; returns at the headers.</summary>
    public async Task<HttpResponseMessage> ResumeAsync(string id, long lastEvent, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, $"{ChatUrl}/{id}?stream=true", content: null);
        request.Headers.Add("Last-Event-ID", lastEvent.ToString(CultureInfo.InvariantCulture));
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, JsonNode body) => PostTextAsync(path, body.ToJsonString());

    public Task<Answer> PostTextAsync(string path, string body) =>
        SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json"));

    public Task<Answer> ChatAsync(string message, string model = "sluice-sim") =>
        PostAsync(ChatUrl, new JsonObject { ["model"] = model, ["messages"] = Message(message) });

    public static JsonArray Message(string content) =>
        [new JsonObject { ["role"] = "user", ["content"] = content }];

    public Task<Answer> TryUploadAsync(byte[] content, string purpose = "batch", string name = "input.jsonl") =>
        TryUploadAsync(new ByteArrayContent(content), purpose, name);

    public async Task<Answer> TryUploadAsync(HttpContent content, string purpose = "batch", string name = "input.jsonl")
    {
        using var form = new MultipartFormDataContent();
        form.Add(new StringContent(purpose), "purpose");
        form.Add(content, "file", name);
        return await SendAsync(HttpMethod.Post, "/v1/files", form);
    }

    /// <summary>Id of the new file.</summary>
    public async Task<string> UploadAsync(string content, string purpose = "batch") =>
        (await TryUploadAsync(Encoding.UTF8.GetBytes(content), purpose)).Ok()["id"]!.GetValue<string>();

    public Task<Answer> TryCreateBatchAsync(string fileId) => PostAsync("/v1/batches", new JsonObject
    {
        ["input_file_id"] = fileId,
        ["endpoint"] = ChatUrl,
        ["completion_window"] = "24h",
    });

    /// <summary>Id of the new batch.</summary>
    public async Task<string> CreateBatchAsync(string fileId) =>
        (await TryCreateBatchAsync(fileId)).Ok()["id"]!.GetValue<string>();

    public Task<Answer> CancelAsync(string batchId) =>
        SendAsync(HttpMethod.Post, $"/v1/batches/{batchId}/cancel");

    public async Task<JsonNode> BatchAsync(string id) => (await GetAsync($"/v1/batches/{id}")).Ok();

    /// <summary>The batch once it has ended, or once <paramref name="reached"/> holds.</summary>
    public async Task<JsonNode> WaitForBatchAsync(
        string id, Func<JsonNode, bool>? reached = null, TimeSpan? patience = null)
    {
        JsonNode? last = null;
        try
        {
            return await Eventually.Value(
                $"the batch {id} got there",
                async () => (reached ?? HasEnded)(last = await BatchAsync(id)) ? last : null,
                patience ?? TimeSpan.FromSeconds(90));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} Last seen: {last?.ToJsonString()}", e);
        }
    }

    public static bool HasEnded(JsonNode batch) => s_ends.Contains(batch["status"]!.GetValue<string>());

    /// <summary>The lines of a JSONL file; none for a null id.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="asksAgain">
    /// As official clients do where the one who was to answer is killed or frozen: on 502, 503 and 504.
    /// </param>
    public async Task<IReadOnlyList<JsonNode>> LinesAsync(JsonNode? fileId, bool asksAgain = false)
    {
        if (fileId is null)
        {
            return [];
        }

        var answer = await Eventually.Value("the file is answered", async () =>
            await GetAsync($"/v1/files/{fileId.GetValue<string>()}/content") is var one
                && !(asksAgain && (int)one.Status is (502 or 503 or 504)) ? one : null);
        if ((int)answer.Status >= 300)
        {
            throw new InvalidOperationException($"No lines: {answer}");
        }

        return [.. answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return request;
    }
}

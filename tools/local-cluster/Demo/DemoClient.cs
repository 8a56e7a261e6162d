using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Sluice.LocalCluster.Demo;

/// <summary>The few calls of the public API that the demo makes, by plain HTTP.</summary>
internal sealed class DemoClient : IDisposable
{
    public const string Model = "sluice-sim";

    private readonly HttpClient _http;

    /// <summary>The key is <c>SLUICE_API_KEY</c>, else the one that Development has.</summary>
    public DemoClient(Uri url)
    {
        _http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromMinutes(5) };
        var key = Environment.GetEnvironmentVariable("SLUICE_API_KEY");
        _http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", string.IsNullOrEmpty(key) ? "sk-dev" : key);
    }

    public Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) =>
        JsonAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken);

    public Task<JsonNode> PostAsync(string path, JsonNode body, CancellationToken cancellationToken) =>
        JsonAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = Json(body) }, cancellationToken);

    public Task<JsonNode> UploadAsync(string name, byte[] content, CancellationToken cancellationToken)
    {
        var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent(content), "file", name },
        };
        return JsonAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/files") { Content = form }, cancellationToken);
    }

    /// <summary>The answer's body as it arrives; the caller disposes it.</summary>
    public async Task<Stream> OpenAsync(
        HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : Json(body) };
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await CheckAsync(response, cancellationToken);
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static StringContent Json(JsonNode body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    private static async Task CheckAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var said = await response.Content.ReadAsStringAsync(cancellationToken);
            var where = response.RequestMessage?.RequestUri;
            throw new DemoFailedException($"{where} answered {(int)response.StatusCode}: {said}");
        }
    }

    private async Task<JsonNode> JsonAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        using (var response = await _http.SendAsync(request, cancellationToken))
        {
            await CheckAsync(response, cancellationToken);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!;
        }
    }
}

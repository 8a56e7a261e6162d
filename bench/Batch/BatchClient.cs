using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Bench.Batch;

/// <summary>The calls of the public API that a batch takes.</summary>
internal sealed class BatchClient : IDisposable
{
    private readonly HttpClient _http;

    public BatchClient(Uri url)
    {
        _http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromMinutes(5) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk-dev");
    }

    public async Task<string> UploadAsync(byte[] content, CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent(content), "file", "bench.jsonl" },
        };
        using var response = await _http.PostAsync(new Uri("/v1/files", UriKind.Relative), form, cancellationToken);
        return (await ReadAsync(response, cancellationToken))["id"]!.GetValue<string>();
    }

    public async Task<JsonNode> SubmitAsync(string fileId, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["input_file_id"] = fileId,
            ["endpoint"] = "/v1/chat/completions",
            ["completion_window"] = "24h",
        };
        using var response = await _http.PostAsJsonAsync(
            new Uri("/v1/batches", UriKind.Relative), body, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    public async Task<JsonNode> GetAsync(string batchId, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(
            new Uri("/v1/batches/" + batchId, UriKind.Relative), cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    /// <summary>The answers in a result file by their <c>custom_id</c>.</summary>
    /// <exception cref="InvalidOperationException">A <c>custom_id</c> comes twice.</exception>
    public async Task<Dictionary<string, string>> DownloadAsync(string fileId, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var stream = await _http.GetStreamAsync(
            new Uri($"/v1/files/{fileId}/content", UriKind.Relative), cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var id = json.RootElement.GetProperty("custom_id").GetString()!;
            var choice = json.RootElement.GetProperty("response").GetProperty("body").GetProperty("choices")[0];
            if (!answers.TryAdd(id, choice.GetProperty("message").GetProperty("content").GetString()!))
            {
                throw new InvalidOperationException($"The output has '{id}' twice.");
            }
        }

        return answers;
    }

    public void Dispose() => _http.Dispose();

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new InvalidOperationException($"The answer was {(int)response.StatusCode}: {text}");
    }
}

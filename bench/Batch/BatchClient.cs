using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
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

    public async Task<string> UploadAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ReadOnlyMemoryContent(content), "file", "bench.jsonl" },
        };
        using var response = await _http.PostAsync(new Uri("/v1/files", UriKind.Relative), form, cancellationToken);
        return (await ReadAsync(response, cancellationToken))["id"]!.GetValue<string>();
    }

    /// <param name="fileId">The input.</param>
    /// <param name="priority">The batch's class; null for the default one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<JsonNode> SubmitAsync(string fileId, string? priority, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["input_file_id"] = fileId,
            ["endpoint"] = "/v1/chat/completions",
            ["completion_window"] = "24h",
        };
        if (priority is not null)
        {
            body["priority"] = priority;
        }

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

    /// <summary>The answers in a result file with their <c>custom_id</c>, in its order.</summary>
    public async IAsyncEnumerable<(string CustomId, string Answer)> DownloadAsync(
        string fileId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = await _http.GetStreamAsync(
            new Uri($"/v1/files/{fileId}/content", UriKind.Relative), cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var choice = json.RootElement.GetProperty("response").GetProperty("body").GetProperty("choices")[0];
            yield return (
                json.RootElement.GetProperty("custom_id").GetString()!,
                choice.GetProperty("message").GetProperty("content").GetString()!);
        }
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

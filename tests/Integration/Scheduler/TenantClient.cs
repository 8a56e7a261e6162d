using System.Text;
using Microsoft.AspNetCore.Builder;
using Sluice.TestKit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>A tenant that makes batches at one scheduler.</summary>
internal sealed class TenantClient(WebApplication scheduler, string tenant)
{
    private readonly HttpClient _client = ClientOf(scheduler, tenant);

    public async Task<string> CreateAsync(int lines) =>
        (await Json(await PostAsync(lines))).GetProperty("id").GetString()!;

    public async Task<HttpResponseMessage> PostAsync(int lines)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(BatchLines.Good(lines))), "file", "input.jsonl" },
        };
        var file = (await Json(await _client.PostAsync("/v1/files", form))).GetProperty("id").GetString();
        return await _client.PostAsync("/v1/batches", new StringContent(
            $$"""{"input_file_id":"{{file}}","endpoint":"/v1/chat/completions","completion_window":"24h"}""",
            Encoding.UTF8,
            "application/json"));
    }

    public Task<HttpResponseMessage> PostJobAsync(int tasks) => _client.PostAsync("/api/jobs", new StringContent(
        string.Join('\n', Enumerable.Range(1, tasks).Select(n => $$"""{"type":"echo","data":{{n}}}""")),
        Encoding.UTF8,
        "application/jsonl"));

    public async Task CancelAsync(string id)
    {
        await Json(await _client.PostAsync($"/v1/batches/{id}/cancel", null));
        await Eventually.Until("it is cancelled", async () =>
            (await Json(await _client.GetAsync($"/v1/batches/{id}"))).GetProperty("status").GetString() == "cancelled");
    }
}

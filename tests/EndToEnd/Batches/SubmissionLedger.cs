using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;

namespace Sluice.Tests.EndToEnd.Batches;

/// <summary>
/// Batches that are submitted while everything fails, as JSON lines in a file of its own: the intent before the POST,
/// the outcome after it. The check reads the file. Thread-safe.
/// </summary>
internal sealed class SubmissionLedger : IDisposable
{
    private const string Accepted = "ok";
    private const string Refused = "failed";
    private const string Unknown = "unknown";

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"sluice-ledger-{Guid.NewGuid():N}.jsonl");
    private readonly Lock _gate = new();
    private readonly StreamWriter _file;

    public SubmissionLedger() => _file = new StreamWriter(_path) { AutoFlush = true };

    /// <summary>Submits one batch, whatever comes of it.</summary>
    public async Task SubmitAsync(SluiceApi api, int lines)
    {
        var id = Guid.NewGuid().ToString("N");
        string fileId;
        try
        {
            fileId = await api.UploadAsync(Lines(id, lines).ToJsonl(UpstreamSimulator.Model));
        }
        catch (Exception exception) when (exception is HttpRequestException or ShouldAssertException)
        {
            // No batch was asked for; who dies during an upload is not what is in the ledger.
            return;
        }

        Write(new JsonObject { ["ledger_id"] = id, ["intent"] = lines });
        Write(await CreateAsync(api, fileId, id));
    }

    /// <summary>
    /// Accepted ones exist once and are whole, refused ones do not exist, those without an answer exist once or not.
    /// Returns what it counted.
    /// </summary>
    public async Task<string> CheckAsync(SluiceApi api)
    {
        _file.Dispose();
        var entries = (await File.ReadAllLinesAsync(_path)).Select(line => JsonNode.Parse(line)!).ToList();
        var intents = entries.Where(e => e["intent"] is not null)
            .ToDictionary(e => (string)e["ledger_id"]!, e => (int)e["intent"]!, StringComparer.Ordinal);
        var outcomes = entries.Where(e => e["outcome"] is not null)
            .ToDictionary(e => (string)e["ledger_id"]!, e => (string)e["outcome"]!, StringComparer.Ordinal);
        var found = (await ListAsync(api)).ToLookup(b => (string)b["metadata"]!["ledger_id"]!, StringComparer.Ordinal);

        intents.Keys.Except(outcomes.Keys).ShouldBeEmpty("submissions without an outcome");
        found.Select(group => group.Key).Except(intents.Keys).ShouldBeEmpty("batches that nobody submitted");
        foreach (var (id, outcome) in outcomes)
        {
            var (least, most) = outcome switch { Accepted => (1, 1), Refused => (0, 0), _ => (0, 1) };
            found[id].Count().ShouldBeInRange(least, most, $"batches of a submission whose outcome was {outcome}");
            foreach (var batch in found[id])
            {
                var ended = await api.WaitForBatchAsync((string)batch["id"]!);
                ended["status"]!.GetValue<string>().ShouldBe("completed", ended.ToJsonString());
                await Lines(id, intents[id]).CheckAsync(api, ended);
            }
        }

        File.Delete(_path);
        var unknown = outcomes.Where(o => o.Value == Unknown).Select(o => o.Key).ToList();
        return $"{outcomes.Count} submissions: {outcomes.Values.Count(o => o == Accepted)} accepted, "
            + $"{outcomes.Values.Count(o => o == Refused)} refused, {unknown.Count} without an answer, of which "
            + $"{unknown.Count(id => found[id].Any())} exist";
    }

    public void Dispose() => _file.Dispose();

    // The lines are a function of the id, so that the file need not hold them.
    private static BatchLedger Lines(string id, int lines) => new BatchLedger(id).Add(lines);

    private static async Task<JsonObject> CreateAsync(SluiceApi api, string fileId, string id)
    {
        var entry = new JsonObject { ["ledger_id"] = id, ["outcome"] = Unknown };
        try
        {
            var answer = await api.PostAsync("/v1/batches", new JsonObject
            {
                ["input_file_id"] = fileId,
                ["endpoint"] = SluiceApi.ChatUrl,
                ["completion_window"] = "24h",
                ["metadata"] = new JsonObject { ["ledger_id"] = id },
            });

            // A 5xx says nothing: whoever died may have committed.
            entry["status"] = (int)answer.Status;
            entry["outcome"] = (int)answer.Status switch { 200 => Accepted, < 500 => Refused, _ => Unknown };
        }
        catch (HttpRequestException exception)
        {
            entry["error"] = exception.Message;
        }

        return entry;
    }

    private static async Task<List<JsonNode>> ListAsync(SluiceApi api)
    {
        var all = new List<JsonNode>();
        JsonNode page;
        do
        {
            var after = all.Count == 0 ? "" : "&after=" + (string)all[^1]["id"]!;
            page = (await api.GetAsync($"/v1/batches?limit=100{after}")).Ok();
            all.AddRange(page["data"]!.AsArray().Select(b => b!));
        }
        while (page["has_more"]!.GetValue<bool>());

        return [.. all.Where(b => b["metadata"]?["ledger_id"] is not null)];
    }

    private void Write(JsonObject entry)
    {
        lock (_gate)
        {
            _file.WriteLine(entry.ToJsonString());
        }
    }
}

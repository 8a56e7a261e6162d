using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;

namespace Sluice.Tests.EndToEnd.Batches;

/// <summary>
/// What was sent, kept apart from the system under test, and the check against what came back: every custom_id exactly
/// once across output and error file, every answer the pure function of its line, counts exact, and nothing else.
/// </summary>
/// <param name="run">Makes the messages unique; the same again makes the same messages.</param>
internal sealed class BatchLedger(string run)
{
    private readonly Dictionary<string, string> _messages = new(StringComparer.Ordinal);
    private readonly HashSet<string> _bad = new(StringComparer.Ordinal);

    public BatchLedger()
        : this(Guid.NewGuid().ToString("N")[..8])
    {
    }

    public int Count => _messages.Count;

    /// <summary>Messages of the lines that are to succeed.</summary>
    public IEnumerable<string> GoodMessages => _messages.Where(m => !_bad.Contains(m.Key)).Select(m => m.Value);

    /// <summary>Lines whose answer is the hash of their message, unique over all runs.</summary>
    /// <param name="count">How many.</param>
    /// <param name="directives">More directives for the simulated model, such as <c>first_ms=20</c>.</param>
    public BatchLedger Add(int count, string directives = "")
    {
        for (var i = 0; i < count; i++)
        {
            var id = "line-" + Count.ToString(CultureInfo.InvariantCulture);
            _messages.Add(id, $"@sim hash {directives} #{run} #{id}");
        }

        return this;
    }

    /// <summary>Lines that the model always refuses, which belong into the error file.</summary>
    public BatchLedger AddBad(int count, int status = 400)
    {
        for (var i = 0; i < count; i++)
        {
            var id = "bad-" + Count.ToString(CultureInfo.InvariantCulture);
            _bad.Add(id);
            _messages.Add(id, $"@sim status={status} times=1000000 #{run} #{id}");
        }

        return this;
    }

    /// <summary>The input file.</summary>
    public string ToJsonl(string model = "sluice-sim")
    {
        var text = new StringBuilder();
        foreach (var (id, message) in _messages)
        {
            text.Append(Line(id, message, model)).Append('\n');
        }

        return text.ToString();
    }

    public static string Line(string customId, string message, string model = "sluice-sim") => new JsonObject
    {
        ["custom_id"] = customId,
        ["method"] = "POST",
        ["url"] = SluiceApi.ChatUrl,
        ["body"] = new JsonObject { ["model"] = model, ["messages"] = SluiceApi.Message(message) },
    }.ToJsonString();

    /// <summary>
    /// Checks a batch that ended <c>completed</c>, <c>cancelled</c> or <c>expired</c> against the ledger.
    /// </summary>
    /// <param name="api">Where its files are.</param>
    /// <param name="batch">As its end was seen.</param>
    /// <param name="asksAgain">Somebody may be killed or frozen meanwhile (<see cref="SluiceApi.LinesAsync"/>).</param>
    public async Task CheckAsync(SluiceApi api, JsonNode batch, bool asksAgain = false)
    {
        var unrun = batch["status"]!.GetValue<string>() switch
        {
            "cancelled" => "batch_cancelled",
            "expired" => "batch_expired",
            _ => null,
        };
        var output = await api.LinesAsync(batch["output_file_id"], asksAgain);
        var errors = await api.LinesAsync(batch["error_file_id"], asksAgain);
        var ids = output.Concat(errors).Select(l => l["custom_id"]!.GetValue<string>()).ToList();

        ids.GroupBy(id => id, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)
            .ShouldBeEmpty("lines that are there twice");
        ids.Except(_messages.Keys).ShouldBeEmpty("lines that nobody sent");
        _messages.Keys.Except(ids).ShouldBeEmpty("lines that are lost");
        output.Concat(errors).Select(l => l["id"]!.GetValue<string>()).Distinct(StringComparer.Ordinal).Count()
            .ShouldBe(Count, "ids of the answers");

        var counts = batch["request_counts"]!;
        counts["total"]!.GetValue<int>().ShouldBe(Count);
        counts["completed"]!.GetValue<int>().ShouldBe(output.Count);
        counts["failed"]!.GetValue<int>().ShouldBe(errors.Count);

        foreach (var line in output)
        {
            CheckAnswer(line);
        }

        foreach (var line in errors)
        {
            CheckError(line, unrun);
        }
    }

    private void CheckAnswer(JsonNode line)
    {
        var message = _messages[line["custom_id"]!.GetValue<string>()];
        line["error"].ShouldBeNull();
        line["response"]!["status_code"]!.GetValue<int>().ShouldBe(200);
        line["response"]!["body"]!["choices"]![0]!["message"]!["content"]!.GetValue<string>()
            .ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message))), line.ToJsonString());
    }

    private void CheckError(JsonNode line, string? unrun)
    {
        if (line["response"] is { } response)
        {
            _bad.ShouldContain(line["custom_id"]!.GetValue<string>(), line.ToJsonString());
            response["status_code"]!.GetValue<int>().ShouldBeGreaterThanOrEqualTo(400);
            line["error"].ShouldBeNull();
        }
        else
        {
            unrun.ShouldNotBeNull("no answer, no cancel and no deadline: " + line.ToJsonString());
            line["error"]!["code"]!.GetValue<string>().ShouldBe(unrun);
        }
    }
}

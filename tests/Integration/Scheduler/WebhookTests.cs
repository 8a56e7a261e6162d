using System.Net.Http.Json;
using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Sluice.Contracts.Batches;
using Sluice.LocalCluster.Services;
using Sluice.Scheduler.Webhooks;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>Webhooks through the gateway, to receivers of the test.</summary>
public sealed class WebhookTests(WebhookFixture fixture) : IClassFixture<WebhookFixture>
{
    private const string Allowed = WebhookFixture.Allowed;

    private readonly InProcessSluice _sluice = fixture.Sluice;

    private NpgsqlDataSource DataSource =>
        _sluice.Host(ServiceKind.Scheduler).Services.GetRequiredService<NpgsqlDataSource>();

    [Fact]
    public async Task An_event_is_tried_until_its_receiver_takes_it_and_not_followed_elsewhere()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Allowed, 500, 302);
        await using var other = await WebhookReceiver.StartAsync(Allowed);
        var webhook = await CreateAsync(receiver.Url);
        await CreateAsync(other.Url, "batch.failed");

        var batch = await RunBatchAsync(BatchLines.Good(3));

        var delivery = await DeliveryAsync(webhook, "delivered");
        delivery.GetProperty("attempts").GetInt32().ShouldBe(3);
        delivery.GetProperty("last_status").GetInt32().ShouldBe(204);
        delivery.GetProperty("last_error").ValueKind.ShouldBe(JsonValueKind.Null);
        delivery.GetProperty("batch_id").GetString().ShouldBe(batch);
        receiver.Received.Count.ShouldBe(3);
        receiver.Received.ShouldAllBe(r => r.Path == receiver.Path);
        receiver.Received.ShouldAllBe(r => r.Id == delivery.GetProperty("id").GetString());
        var secret = webhook.GetProperty("signing_secret").GetString()!;
        (await StoredAsync(webhook)).AsSpan().IndexOf(Convert.FromBase64String(secret["whsec_".Length..])).ShouldBe(-1);
        receiver.Received.ShouldAllBe(r => r.IsSignedWith(secret));
        var body = JsonDocument.Parse(receiver.Received.First().Body).RootElement;
        body.GetProperty("type").GetString().ShouldBe("batch.completed");
        body.GetProperty("data").GetProperty("id").GetString().ShouldBe(batch);
        other.Received.ShouldBeEmpty();

        // The same end, announced again by another message, is the same event.
        await using var scope = _sluice.Host(ServiceKind.Scheduler).Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IBus>().Publish(new BatchEnded
        {
            BatchId = Guid.Parse(batch["batch_".Length..]),
            Tenant = "dev",
            Status = "completed",
            EndedAt = DateTimeOffset.UnixEpoch,
        });
        await RunBatchAsync("nonsense");
        await Eventually.Until("the next event is delivered", () => receiver.Received.Count == 4);
        await Eventually.Until("it went to both", () => other.Received.Count == 1);
        receiver.Received.Select(r => r.Id).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_secret_from_before_there_was_encryption_is_encrypted_and_stays_the_same()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Allowed);
        var webhook = await CreateAsync(receiver.Url);
        var secret = webhook.GetProperty("signing_secret").GetString()!;
        var plain = Convert.FromBase64String(secret["whsec_".Length..]);
        await StoreAsync(webhook, plain);
        await RunBatchAsync(BatchLines.Good(1));
        await DeliveryAsync(webhook, "delivered");

        await using (var connection = await DataSource.OpenConnectionAsync())
        {
            var secrets = _sluice.Host(ServiceKind.Scheduler).Services.GetRequiredService<WebhookSecrets>();
            await WebhookTable.SealAsync(connection, secrets, CancellationToken.None);
        }

        (await StoredAsync(webhook)).AsSpan().IndexOf(plain).ShouldBe(-1);
        await RunBatchAsync(BatchLines.Good(1));
        await Eventually.Until("both events are there", () => receiver.Received.Count == 2);
        receiver.Received.ShouldAllBe(r => r.IsSignedWith(secret));

        // A job is named as what it is.
        var job = await Json(await _sluice.Client.PostAsJsonAsync("/api/jobs", new { type = "echo", data = 1 }));
        await Eventually.Until("that of the job is there", () => receiver.Received.Count == 3);
        var data = JsonDocument.Parse(receiver.Received.Last().Body).RootElement.GetProperty("data");
        data.GetProperty("id").GetString().ShouldBe(job.GetProperty("id").GetString());
        (await _sluice.Client.DeleteAsync($"/v1/webhook_endpoints/{webhook.GetProperty("id").GetString()}"))
            .IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task A_delivery_that_fails_for_good_says_why()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Allowed, 503, 503, 503, 503);
        await using var gone = await WebhookReceiver.StartAsync(Allowed, 410);
        await using var refused = await WebhookReceiver.StartAsync("127.0.0.1");
        var webhook = await CreateAsync(receiver.Url);
        var left = await CreateAsync(gone.Url);
        var rebound = await CreateAsync(receiver.Url);

        // As when a name leads elsewhere after the registration: what counts is the address that is connected to.
        await using (var command = DataSource.CreateCommand("UPDATE scheduler.webhooks SET url = $1 WHERE id = $2"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = $"http://localhost:{refused.Port}/hook" });
            command.Parameters.Add(new NpgsqlParameter
            {
                Value = Key(rebound),
            });
            (await command.ExecuteNonQueryAsync()).ShouldBe(1);
        }

        await RunBatchAsync(BatchLines.Good(1));

        var failed = await DeliveryAsync(webhook, "failed");
        failed.GetProperty("attempts").GetInt32().ShouldBe(4);
        failed.GetProperty("last_status").GetInt32().ShouldBe(503);
        failed.GetProperty("last_error").GetString()!.ShouldContain("503");
        (await DeliveryAsync(left, "failed")).GetProperty("attempts").GetInt32().ShouldBe(1);
        var never = await DeliveryAsync(rebound, "failed");
        never.GetProperty("last_status").ValueKind.ShouldBe(JsonValueKind.Null);
        never.GetProperty("last_error").GetString()!.ShouldContain("no public address");
        refused.Received.ShouldBeEmpty();
        receiver.Received.Count.ShouldBe(4);
    }

    [Fact]
    public async Task An_event_that_was_given_up_is_a_dead_letter_and_is_delivered_when_it_is_replayed()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Allowed, 503, 503, 503, 503, 410);
        var webhook = await CreateAsync(receiver.Url);
        var batch = await RunBatchAsync(BatchLines.Good(1));
        var failed = await DeliveryAsync(webhook, "failed");
        var filter = $"/api/dead-letters?type=webhook&batch={batch}";
        var letter = (await Json(await _sluice.Client.GetAsync(filter))).GetProperty("data").EnumerateArray()
            .Single(l => l.GetProperty("cause").GetProperty("message").GetString()!.Contains(receiver.Path));

        letter.GetProperty("cause").GetProperty("code").GetString().ShouldBe("webhook_http_503");
        letter.GetProperty("attempts").GetInt32().ShouldBe(4);
        letter.GetProperty("tenant").GetString().ShouldBe("dev");
        letter.GetProperty("origin").GetProperty("message_type").GetString().ShouldBe("batch.completed");
        var path = $"/api/dead-letters/{letter.GetProperty("id").GetString()}";
        (await Json(await _sluice.Client.GetAsync(path))).GetProperty("payload").GetProperty("text").GetString()
            .ShouldBe(receiver.Received.First().Body);
        await ProblemAsync(
            await _sluice.Client.PostAsJsonAsync(path + "/replay", new { body = new { a = 1 } }), 409, "not_editable");

        // The fifth answer is 410: the replay fails again, and says so of the first letter.
        await Json(await _sluice.Client.PostAsync(path + "/replay", null));
        JsonElement second = default;
        await Eventually.Until("it failed again", async () =>
        {
            second = (await Json(await _sluice.Client.GetAsync(filter + "&code=webhook_http_410")))
                .GetProperty("data").EnumerateArray().FirstOrDefault();
            return second.ValueKind == JsonValueKind.Object;
        });
        second.GetProperty("previous").GetString().ShouldBe(letter.GetProperty("id").GetString());
        second.GetProperty("attempts").GetInt32().ShouldBe(5);
        var replay = await Json(await _sluice.Client.PostAsync(
            $"/api/dead-letters/{second.GetProperty("id").GetString()}/replay", null));
        replay.GetProperty("replayed").GetInt32().ShouldBe(1);
        var delivered = await DeliveryAsync(webhook, "delivered");
        delivered.GetProperty("id").GetString().ShouldBe(failed.GetProperty("id").GetString());
        receiver.Received.Select(r => r.Id).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_replay_of_many_goes_on_as_they_are_delivered_and_stops_when_too_many_are_given_up_again()
    {
        // Each is given up at once; of the second tries the first two are taken.
        int[] answers = [.. Enumerable.Repeat(410, 8), 204, 204, .. Enumerable.Repeat(410, 6)];
        await using var receiver = await WebhookReceiver.StartAsync(Allowed, answers);
        var webhooks = new List<JsonElement>();
        for (var webhook = 0; webhook < 8; webhook++)
        {
            webhooks.Add(await CreateAsync(receiver.Url));
        }

        var batch = await RunBatchAsync(BatchLines.Good(1));
        var filter = $"/api/dead-letters?type=webhook&batch={batch}&search={receiver.Path}&limit=100";
        await Eventually.Until("all are dead letters", async () => await CountAsync(filter) == 8);
        var which = new { batch, type = "webhook", search = receiver.Path };
        var token = (await Json(await _sluice.Client.PostAsJsonAsync(
            "/api/dead-letters/replay", new { filter = which, dry_run = true }))).GetProperty("token").GetString();

        var replay = await Json(await _sluice.Client.PostAsJsonAsync(
            "/api/dead-letters/replay", new { filter = which, token, stop_after_failures = 2 }));

        replay.GetProperty("replayed").GetInt32().ShouldBeInRange(2, 6);
        JsonElement stopped = default;
        await Eventually.Until("it ended", async () =>
        {
            stopped = await Json(await _sluice.Client.GetAsync(
                $"/api/dead-letters/replays/{replay.GetProperty("id").GetString()}"));
            return stopped.GetProperty("status").GetString() != "running";
        });
        stopped.GetProperty("status").GetString().ShouldBe("stopped", stopped.GetRawText());
        stopped.GetProperty("failed_again").GetInt32().ShouldBeGreaterThanOrEqualTo(2);
        stopped.GetProperty("replayed").GetInt32().ShouldBeInRange(4, 7);
        foreach (var webhook in webhooks)
        {
            await Json(await _sluice.Client.DeleteAsync(
                $"/v1/webhook_endpoints/{webhook.GetProperty("id").GetString()}"));
        }
    }

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://localhost/")]
    [InlineData("https://10.1.2.3/")]
    [InlineData("https://192.168.0.1/")]
    [InlineData("https://172.31.255.255:8443/")]
    [InlineData("https://100.64.0.1/")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://[64:ff9b::a00:1]/")]
    [InlineData("https://[2002:a00:1::1]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://[fd00::1]/")]
    public async Task Addresses_inside_the_network_are_refused(string url)
    {
        var refusal = await RefusedAsync(new { url, event_types = new[] { "batch.completed" } });

        refusal.GetProperty("code").GetString().ShouldBe("webhook_address_not_allowed");
        refusal.GetProperty("param").GetString().ShouldBe("url");
    }

    [Fact]
    public async Task What_is_no_webhook_is_refused()
    {
        string[] urls =
            ["", "x", "ftp://example.org/", "https:///", "https://u:p@example.org/", "https://example.org/#a"];
        foreach (var url in urls)
        {
            (await RefusedAsync(new { url })).GetProperty("param").GetString().ShouldBe("url", url);
        }

        object[] events =
            [Array.Empty<string>(), new[] { "batch.done" }, new[] { "batch.failed", "batch.failed" }, "x"];
        foreach (var types in events)
        {
            (await RefusedAsync(new { url = "https://192.0.1.1/", event_types = types }))
                .GetProperty("param").GetString().ShouldBe("event_types");
        }

        (await RefusedAsync(new { name = 5, url = "https://192.0.1.1/" })).GetProperty("param").GetString()
            .ShouldBe("name");
        (await RefusedAsync(new { name = "n" })).GetProperty("param").GetString().ShouldBe("url");
        using var content = new StringContent("""{"\ud800":1}""", System.Text.Encoding.UTF8, "application/json");
        using var odd = await _sluice.Client.PostAsync("/v1/webhook_endpoints", content);
        (await Refusal(odd, 400)).GetProperty("code").GetString().ShouldBe("invalid_json");
    }

    [Fact]
    public async Task A_tenant_has_its_own_and_not_more_than_it_may()
    {
        using var other = SchedulerFixture.ClientOf(_sluice.Host(ServiceKind.Scheduler), "other");
        var ids = new List<string>();
        for (var i = 0; i < WebhookFixture.MaxPerTenant; i++)
        {
            using var created = await other.PostAsJsonAsync(
                "/v1/webhook_endpoints", new { url = $"https://192.0.1.{i + 1}/" });
            ids.Add((await Json(created)).GetProperty("id").GetString()!);
        }

        using var one = await other.PostAsJsonAsync("/v1/webhook_endpoints", new { url = "https://192.0.1.1/" });
        (await Refusal(one, 409)).GetProperty("code").GetString().ShouldBe("too_many_webhooks");
        await Refusal(await _sluice.Client.GetAsync($"/v1/webhook_endpoints/{ids[0]}"), 404);
        await Refusal(await _sluice.Client.DeleteAsync($"/v1/webhook_endpoints/{ids[0]}"), 404);
        await ProblemAsync(
            await _sluice.Client.GetAsync($"/api/webhooks/{ids[0]}/deliveries"), 404, "webhook_not_found");
        var list = (await Json(await other.GetAsync("/v1/webhook_endpoints"))).GetProperty("data");
        list.EnumerateArray().Select(w => w.GetProperty("id").GetString()).ShouldBe(ids);
        list[0].TryGetProperty("signing_secret", out _).ShouldBeFalse();
        (await Json(await other.DeleteAsync($"/v1/webhook_endpoints/{ids[0]}"))).GetProperty("deleted")
            .GetBoolean().ShouldBeTrue();
        await Refusal(await other.GetAsync($"/v1/webhook_endpoints/{ids[0]}"), 404);
        await ProblemAsync(
            await other.GetAsync($"/api/webhooks/{ids[1]}/deliveries?limit=0"), 400, "invalid_limit");
    }

    private async Task<JsonElement> CreateAsync(string url, params string[] events)
    {
        using var answer = await _sluice.Client.PostAsJsonAsync(
            "/v1/webhook_endpoints",
            new { name = "test", url, event_types = events.Length > 0 ? events : WebhookEvents.All });
        return await Json(answer);
    }

    private async Task<int> CountAsync(string filter) =>
        (await Json(await _sluice.Client.GetAsync(filter))).GetProperty("data").GetArrayLength();

    private async Task<byte[]> StoredAsync(JsonElement webhook)
    {
        await using var command = DataSource.CreateCommand("SELECT secret FROM scheduler.webhooks WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = Key(webhook) });
        return (byte[])(await command.ExecuteScalarAsync())!;
    }

    private async Task StoreAsync(JsonElement webhook, byte[] secret)
    {
        await using var command = DataSource.CreateCommand("UPDATE scheduler.webhooks SET secret = $2 WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = Key(webhook) });
        command.Parameters.Add(new NpgsqlParameter { Value = secret });
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    private static Guid Key(JsonElement webhook) =>
        Guid.Parse(webhook.GetProperty("id").GetString()!["whe_".Length..]);

    private async Task<JsonElement> RefusedAsync(object body)
    {
        using var answer = await _sluice.Client.PostAsJsonAsync("/v1/webhook_endpoints", body);
        return await Refusal(answer, 400);
    }

    /// <summary>The one delivery of a webhook, once it is over in this way.</summary>
    private async Task<JsonElement> DeliveryAsync(JsonElement webhook, string status)
    {
        JsonElement delivery = default;
        await Eventually.Until($"the delivery has {status}", async () =>
        {
            var page = await Json(await _sluice.Client.GetAsync(
                $"/api/webhooks/{webhook.GetProperty("id").GetString()}/deliveries"));
            delivery = page.GetProperty("data")[0];
            return delivery.GetProperty("status").GetString() == status;
        });
        return delivery;
    }

    private async Task<string> RunBatchAsync(string content)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new StringContent(content), "file", "input.jsonl" },
        };
        var file = (await Json(await _sluice.Client.PostAsync("/v1/files", form))).GetProperty("id").GetString();
        using var answer = await _sluice.Client.PostAsJsonAsync(
            "/v1/batches",
            new { input_file_id = file, endpoint = "/v1/chat/completions", completion_window = "24h" });
        return (await Json(answer)).GetProperty("id").GetString()!;
    }
}

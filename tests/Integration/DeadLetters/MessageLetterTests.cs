using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Contracts.Shards;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.DeadLetters.Intake;
using Sluice.Scheduler.Hosting;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;
using static Sluice.Tests.Integration.DeadLetters.DeadLetterFixture;

namespace Sluice.Tests.Integration.DeadLetters;

/// <summary>Messages that fail for good leave the broker for the store, whole, and go back from there.</summary>
[Collection(nameof(DeadLetterTests))]
public sealed class MessageLetterTests(DeadLetterFixture sluice)
{
    private static readonly string[] FailureSuffixes = ["_error", "_skipped", "_undelivered"];

    [Fact]
    public async Task A_batch_whose_validation_fails_on_every_delivery_fails()
    {
        await using var refusal = await ShardRefusal.BeginAsync(sluice, "22000");

        await IsFailedAsync(await SubmitAsync(sluice.Acme, Line("a", "@sim hash")));
    }

    [Fact]
    public async Task A_validation_that_an_outage_of_the_database_made_a_dead_letter_is_tried_again_until_the_deadline()
    {
        string batch;
        await using (await ShardRefusal.BeginAsync(sluice, PostgresErrorCodes.QueryCanceled))
        {
            batch = await SubmitAsync(sluice.Acme, Line("a", "@sim hash"));
            await UntilLettersAsync(batch, MaxRetries + 2);
            Text(await GetAsync(sluice.Acme, $"/v1/batches/{batch}"), "status").ShouldBe("validating");
        }

        var ended = await EndOfAsync(sluice.Acme, batch);
        Text(ended, "status").ShouldBe("completed");
        (await ResultsAsync(sluice.Acme, ended, "output_file_id")).Keys.ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_batch_without_a_deadline_fails_when_its_validation_was_a_dead_letter_too_often()
    {
        await using var refusal = await ShardRefusal.BeginAsync(sluice, PostgresErrorCodes.QueryCanceled);

        var batch = await SubmitWithinAsync(sluice.Acme, "immediate", [Line("a", "@sim hash")]);

        await IsFailedAsync(batch);
        (await ValidationLettersAsync(batch)).Count.ShouldBe(MaxRetries + 1);
    }

    [Fact]
    public async Task A_validation_that_ends_its_processes_is_tried_again_and_fails_its_batch_long_before_the_deadline()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);
        await using var refusal = await ShardRefusal.BeginAsync(sluice, PostgresErrorCodes.QueryCanceled);
        var batch = await SubmitAsync(sluice.Acme, Line("a", "@sim hash"));
        await UntilLettersAsync(batch, MaxRetries);

        await raw.SendAsync<ValidateBatch>(
            Queues.Validation + "_undelivered",
            new() { ["batchId"] = Guid.Parse(batch["batch_".Length..]).ToString() },
            ("x-delivery-count", 20));

        await IsFailedAsync(batch);
    }

    [Fact]
    public async Task Every_queue_that_has_consumers_is_looked_after()
    {
        var queues = (await sluice.Sluice.Vhost.GetAsync("queues/{vhost}")).AsArray()
            .Where(q => q!["durable"]!.GetValue<bool>())
            .Select(q => q!["name"]!.GetValue<string>())
            .ToList();

        queues.Where(q => !FailureSuffixes.Any(s => q.EndsWith(s, StringComparison.Ordinal)))
            .ShouldBe(Queues.All, ignoreOrder: true);
        Queues.All.SelectMany(q => FailureSuffixes.Select(s => q + s)).Except(queues).ShouldBeEmpty();
    }

    [Fact]
    public async Task Poison_of_each_queue_is_a_dead_letter_with_all_its_headers()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);
        foreach (var queue in Queues.All)
        {
            var body = $"poison \u0000 {Guid.NewGuid()}";
            var id = await raw.SendAsync(
                queue, body, ("team", "blue"), ("n", 17), ("deep", new List<object?> { 1, "x" }));

            var letter = await ReadAsync(await LetterAsync(id));

            Text(letter["origin"]!, "queue").ShouldBe(queue);
            Text(letter["origin"]!, "source").ShouldBe("error");
            Text(letter["cause"]!, "code").ShouldContain("Exception");
            Text(letter["cause"]!, "message").ShouldNotBeEmpty();
            Text(letter["payload"]!, "text").ShouldBe(body);
            var headers = letter["headers"]!["h"]!;
            Text(headers, "team").ShouldBe("blue");
            Text(headers, "n").ShouldBe("17");
            headers["deep"]!.ToJsonString().ShouldBe("""[1,"x"]""");
            Text(headers, "MT-Reason").ShouldBe("fault");
            Text(headers, "MT-Fault-StackTrace").ShouldNotBeEmpty();
            Text(headers, "MT-Fault-Timestamp").ShouldNotBeEmpty();
            Text(headers, "MT-Fault-ExceptionType").ShouldBe(Text(letter["cause"]!, "code"));
        }

        await Eventually.Until("the broker has none of them any more", async () =>
            (await sluice.Sluice.Vhost.GetAsync("queues/{vhost}")).AsArray()
                .Where(q => q!["name"]!.GetValue<string>().EndsWith("_error", StringComparison.Ordinal))
                .All(q => q!["messages"]?.GetValue<int>() == 0));
    }

    [Fact]
    public async Task What_nobody_takes_and_what_nobody_answered_is_told_apart()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);

        var skipped = await raw.SendAsync<RunShard>(Queues.Saga, []);
        var undelivered = await raw.SendAsync<RunShard>(
            ShardClass.Normal.Queue() + "_undelivered", [], ("x-delivery-count", 20));

        var letter = await LetterAsync(skipped);
        Text(letter["origin"]!, "source").ShouldBe("skipped");
        Text(letter["cause"]!, "code").ShouldBe("skipped");
        Text(letter["origin"]!, "message_type").ShouldEndWith(":RunShard");
        letter = await LetterAsync(undelivered);
        Text(letter["origin"]!, "source").ShouldBe("undelivered");
        Text(letter["origin"]!, "queue").ShouldBe(ShardClass.Normal.Queue());
        Text(letter, "attempts").ShouldBe("21");
    }

    [Fact]
    public async Task A_message_that_comes_twice_is_one_letter()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);
        var (id, last) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var message in new[] { id, id, last })
        {
            await raw.SendAsync(
                Queues.Saga + "_error", message, "twice",
                ("MT-Fault-Timestamp", "2026-01-31T08:00:00Z"), ("MT-Fault-ExceptionType", "System.Test"));
        }

        await LetterAsync(last);
        (await LettersAsync(sluice.Operator, "code=System.Test&limit=500")).Count(l => IsOf(l, id)).ShouldBe(1);
    }

    [Fact]
    public async Task An_intake_that_dies_between_storing_and_acknowledging_stores_once()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);
        foreach (var suffix in FailureSuffixes)
        {
            await raw.Channel.QueueDeclareAsync("own" + suffix, durable: true, exclusive: false, autoDelete: false);
        }

        await raw.Channel.ExchangeDeclareAsync("own", "fanout", durable: true, autoDelete: false);
        await raw.Channel.QueueBindAsync("own_error", "own", "");
        var faults = new FaultSwitch();
        faults.ThrowOnce("deadLetters.afterStore");
        var store = new MessageLetterStore(
            sluice.Get<SchedulerTransactions>(), sluice.Get<MessageLetterReader>(),
            sluice.Get<MessageLetters>(), faults, NullLogger<MessageLetterStore>.Instance);
        var id = await raw.SendAsync("own", "killed");

        await using (var dies = await FailureChannel.OpenAsync(raw.Connection, "own", true, 1, store, default))
        {
            await Eventually.Until("it has died", () => !dies!.IsOpen);
        }

        await LetterAsync(id);
        await using (await FailureChannel.OpenAsync(raw.Connection, "own", true, 1, store, default))
        {
            // One at a time: the next one comes when the first is acknowledged.
            await LetterAsync(await raw.SendAsync("own", "next"));
        }

        (await LettersAsync(sluice.Operator, "queue=own&limit=500")).Count(l => IsOf(l, id)).ShouldBe(1);
    }

    [Fact]
    public async Task A_message_that_fails_again_is_linked_and_counts_on()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);
        var id = await raw.SendAsync<CancelBatch>(
            Queues.Saga, new() { ["batchId"] = Guid.NewGuid().ToString() });
        var first = await LetterAsync(id);
        Text(first["origin"]!, "message_type").ShouldEndWith(":CancelBatch");
        Text(first["origin"]!, "batch").ShouldStartWith("batch_");

        var replay = await PostAsync(sluice.Operator, $"/api/dead-letters/{Text(first, "id")}/replay");
        var repeated = await PostAsync(sluice.Operator, $"/api/dead-letters/{Text(first, "id")}/replay");

        Text(repeated, "id").ShouldBe(Text(replay, "id"));
        var second = await Eventually.Value("it failed again", async () =>
            (await LettersAsync(sluice.Operator, "type=CancelBatch&limit=500"))
                .FirstOrDefault(l => l["previous"]?.ToString() == Text(first, "id")));
        Number(second, "attempts").ShouldBeGreaterThan(Number(first, "attempts"));
        Number(first, "attempts").ShouldBeGreaterThan(1);
        Text(second["origin"]!, "message_id").ShouldBe(id.ToString());
        (await LettersAsync(sluice.Operator, "type=CancelBatch&state=any&limit=500"))
            .Count(l => l["previous"]?.ToString() == Text(first, "id")).ShouldBe(1);
    }

    [Fact]
    public async Task A_message_that_is_redelivered_before_it_fails_again_is_linked_to_what_was_replayed()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);
        var (id, code) = (Guid.NewGuid(), $"System.Test{Guid.NewGuid():N}");
        var body = RawMessages.Envelope<CancelBatch>(id, new() { ["batchId"] = Guid.NewGuid().ToString() });
        await raw.SendAsync(Queues.Saga + "_error", id, body, ("MT-Fault-ExceptionType", code + "First"));
        var first = await LetterOfAsync(code + "First");
        await raw.SendAsync(Queues.Saga + "_error", id, body, ("MT-Fault-ExceptionType", code + "Open"),
            ("MT-Fault-Timestamp", "2026-01-31T08:00:00Z"));
        var open = await LetterOfAsync(code + "Open");

        await PostAsync(sluice.Operator, $"/api/dead-letters/{Text(first, "id")}/replay");

        var again = await Eventually.Value("it failed again", async () =>
            (await LettersAsync(sluice.Operator, "type=CancelBatch&limit=500"))
                .FirstOrDefault(l => l["previous"]?.ToString() == Text(first, "id")));
        IsOf(again, id).ShouldBeTrue();
        await WasRedeliveredAsync(again);
        Number(first, "attempts").ShouldBe(1);
        Number(again, "attempts").ShouldBe(1 + 2, "it counts on with both deliveries");
        open["previous"].ShouldBeNull("nothing of it had been replayed");
        await raw.SendAsync(Queues.Webhooks + "_error", id, body, ("MT-Fault-ExceptionType", code + "Other"));
        var other = await LetterOfAsync(code + "Other");
        other["previous"].ShouldBeNull("it is for another queue");
        Number(other, "attempts").ShouldBe(1);
        await raw.SendAsync(Queues.Saga + "_error", id, body, ("MT-Fault-ExceptionType", code + "Before"),
            ("MT-Fault-Timestamp", "2026-01-31T08:00:01Z"));
        (await LetterOfAsync(code + "Before"))["previous"].ShouldBeNull("it had failed before the replay");
    }

    [Theory]
    [InlineData(null, 4)]
    [InlineData(1, 1)]
    public async Task A_replay_of_messages_stops_when_too_many_are_redelivered_and_fail_again(int? rate, int stopAfter)
    {
        const int Count = 20;
        await using var raw = await RawMessages.OpenAsync(sluice);
        var code = $"System.Test{Guid.NewGuid():N}";
        for (var message = 0; message < Count; message++)
        {
            await raw.SendAsync<CancelBatch>(
                Queues.Saga + "_error", new() { ["batchId"] = Guid.NewGuid().ToString() },
                ("MT-Fault-ExceptionType", code));
        }

        await Eventually.Until("all are dead letters", async () => await OpenAsync(code) == Count);
        var request = new JsonObject
        {
            ["filter"] = new JsonObject { ["code"] = code }, ["stop_after_failures"] = stopAfter, ["dry_run"] = true,
        };
        var count = await PostAsync(sluice.Operator, "/api/dead-letters/replay", request.DeepClone());
        request["token"] = Text(count, "token");
        request["dry_run"] = false;
        if (rate is not null)
        {
            request["rate"] = rate;
        }

        var replay = await PostAsync(sluice.Operator, "/api/dead-letters/replay", request);

        var ended = await Eventually.Value("it ended", async () =>
        {
            var now = await GetAsync(sluice.Operator, $"/api/dead-letters/replays/{Text(replay, "id")}");
            return Text(now, "status") != "running" ? now : null;
        });
        Text(ended, "status").ShouldBe("stopped", ended.ToJsonString());
        Number(ended, "failed_again").ShouldBeGreaterThanOrEqualTo(stopAfter);

        // Without a rate another one goes for each that failed before the last that may; with one, one a second.
        Number(ended, "replayed").ShouldBeInRange(stopAfter, rate is null ? (2 * stopAfter) - 1 : Count - 1);
        (await OpenAsync(code)).ShouldBe(Count - Number(ended, "replayed"));
        var replayed = (await LettersAsync(sluice.Operator, $"code={code}&state=replayed&limit=500"))
            .Select(l => Text(l, "id")).ToList();
        await WasRedeliveredAsync((await LettersAsync(sluice.Operator, "type=CancelBatch&limit=500"))
            .First(l => l["previous"] is { } previous && replayed.Contains(previous.ToString())));
    }

    [Fact]
    public async Task An_edited_message_goes_back_to_its_queue_and_is_consumed()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);
        var batch = await SubmitAsync(sluice.Acme, Line("slow", "@sim first_ms=600000"));
        var id = await raw.SendAsync<CancelBatch>(
            Queues.Saga, new() { ["batchId"] = Guid.NewGuid().ToString() });
        var letter = Text(await LetterAsync(id), "id");

        await PostAsync(sluice.Operator, $"/api/dead-letters/{letter}/replay", new JsonObject
        {
            ["body"] = new JsonObject { ["batchId"] = Guid.Parse(batch["batch_".Length..]).ToString() },
        });

        Text(await EndOfAsync(sluice.Acme, batch), "status").ShouldBe("cancelled");
    }

    [Fact]
    public async Task Messages_are_for_operators_alone()
    {
        await using var raw = await RawMessages.OpenAsync(sluice);
        var batch = Text(await RunBatchAsync(sluice.Acme, Line("x", "@sim hash")), "id");
        var id = await raw.SendAsync<ValidateBatch>(
            Queues.Validation + "_error",
            new() { ["batchId"] = Guid.Parse(batch["batch_".Length..]).ToString() });
        var letter = await LetterAsync(id);

        Text(letter, "tenant").ShouldBe("acme");
        (await LettersAsync(sluice.Acme, $"batch={batch}&state=any")).ShouldBeEmpty();
        foreach (var path in new[] { "", "/replay" })
        {
            var address = $"/api/dead-letters/{Text(letter, "id")}{path}";
            await RefusedAsync(
                path.Length == 0 ? await sluice.Acme.GetAsync(address) : await sluice.Acme.PostAsync(address, null),
                HttpStatusCode.NotFound,
                "dead_letter_not_found");
        }

        (await LettersAsync(sluice.Operator, $"batch={batch}&type=message")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_the_outbox_gave_up_is_a_dead_letter_and_can_be_sent_again()
    {
        var batch = await SubmitAsync(sluice.Acme, Line("slow", "@sim first_ms=600000"));
        var id = Guid.NewGuid();
        var body = RawMessages.Envelope<CancelBatch>(
            id, new() { ["batchId"] = Guid.Parse(batch["batch_".Length..]).ToString() });
        await sluice.Sluice.Database.ExecuteAsync(string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
              INSERT INTO scheduler.outbox_dead (id, destination, message_id, message_type, content_type, headers, body,
                  created_at, attempts, last_error)
              VALUES ('{{{Guid.NewGuid()}}}', 'exchange:batch-saga', '{{{id}}}',
                  'urn:message:Sluice.Contracts.Batches:CancelBatch', 'application/vnd.masstransit+json',
                  '{"h":{"team":"blue"},"p":{}}', convert_to('{{{body}}}', 'UTF8'), now(), 10, 'NackException: no room')
              """));

        var letter = await LetterAsync(id);
        await PostAsync(sluice.Operator, $"/api/dead-letters/{Text(letter, "id")}/replay");

        Text(letter["origin"]!, "source").ShouldBe("outbox");
        letter["cause"]!.ToJsonString().ShouldBe("""{"code":"NackException","message":"no room"}""");
        Text(letter, "attempts").ShouldBe("10");
        Text(await EndOfAsync(sluice.Acme, batch), "status").ShouldBe("cancelled");
        (await sluice.Sluice.Database.ScalarAsync("SELECT count(*) FROM scheduler.outbox_dead")).ShouldBe(0L);
    }

    private async Task IsFailedAsync(string batch)
    {
        var ended = await EndOfAsync(sluice.Acme, batch);
        Text(ended, "status").ShouldBe("failed");
        Text(ended["errors"]!["data"]!.AsArray().ShouldHaveSingleItem()!, "code").ShouldBe("validation_failed");
    }

    private Task UntilLettersAsync(string batch, int count) => Eventually.Until(
        $"its validation was a dead letter {count} times",
        async () => (await ValidationLettersAsync(batch)).Count >= count);

    private Task<IReadOnlyList<JsonNode>> ValidationLettersAsync(string batch) =>
        LettersAsync(sluice.Operator, $"batch={batch}&type=ValidateBatch&limit=500");

    /// <summary>The letter of a message, once it is there.</summary>
    private Task<JsonNode> LetterAsync(Guid message) => Eventually.Value(
        "the message is a dead letter",
        async () => (await LettersAsync(sluice.Operator, "type=message&limit=500"))
            .FirstOrDefault(l => IsOf(l, message)));

    private Task<JsonNode> LetterOfAsync(string code) => Eventually.Value(
        "the message is a dead letter",
        async () => (await LettersAsync(sluice.Operator, $"code={code}")).SingleOrDefault());

    private async Task<int> OpenAsync(string code) =>
        (await LettersAsync(sluice.Operator, $"code={code}&limit=500")).Count;

    /// <summary>Checks that it is a copy that MassTransit made, and not what was replayed.</summary>
    private async Task WasRedeliveredAsync(JsonNode letter)
    {
        var headers = (await ReadAsync(letter))["headers"]!["h"]!;
        Text(headers, "MT-Redelivery-Count").ShouldBe("1");
        headers["Sluice-Dead-Letter"].ShouldBeNull();
    }

    private Task<JsonNode> ReadAsync(JsonNode letter) =>
        GetAsync(sluice.Operator, $"/api/dead-letters/{Text(letter, "id")}");

    private static bool IsOf(JsonNode letter, Guid message) =>
        letter["origin"]!["message_id"]?.ToString() == message.ToString();

    private static int Number(JsonNode of, string member) => of[member]!.GetValue<int>();

    private static string Text(JsonNode of, string member) => of[member]!.ToString();
}

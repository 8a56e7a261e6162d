using System.Net;
using System.Text.Json;
using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>What is shown of a batch while it runs, with a worker that answers when the test says so.</summary>
public sealed class WatchTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Fact]
    public async Task Events_tell_every_step_to_the_end_and_none_twice()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var id = await CreateAsync(300);
        await Eventually.Until("all shards are held", () => worker.Taken.Count == 3);
        var seen = new List<BatchEvent>();

        await foreach (var next in BatchEvents.ReadAsync(scheduler.Client, id))
        {
            seen.Add(next);
            if (next.Name == "batch.progress" && next.Done % 100 == 0 && next.Done / 100 < worker.Taken.Count)
            {
                await FinishAsync(worker, worker.Taken.ElementAt(next.Done / 100));
            }
        }

        seen.Select(e => e.Done).Distinct().ShouldBe([0, 100, 200, 300]);
        seen.Select(e => e.Done).ShouldBeInOrder();
        seen.Select(e => e.Id).ShouldBeInOrder();
        seen.Select(e => e.Data.GetRawText()).ShouldBeUnique();
        seen[0].Data.GetProperty("shards").GetRawText().ShouldBe("""{"running":3}""");
        var last = seen[^1];
        last.Name.ShouldBe("batch.completed");
        last.Data.GetProperty("status").GetString().ShouldBe("completed");
        last.Data.GetProperty("progress").GetDouble().ShouldBe(1);
        last.Data.GetProperty("output_file_id").GetString().ShouldStartWith("file-");

        // Who has seen the end is told that nothing follows; who has not gets it again.
        using var again = await BatchEvents.OpenAsync(scheduler.Client, id, last.Id);
        again.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await scheduler.Client.GetStringAsync($"/api/batches/{id}/events?after={last.Id}"))
            .ShouldMatch($"^id: [0-9a-f]{{16}}{last.Id[16..]}\n\n$");
        (await scheduler.Client.GetStringAsync($"/api/batches/{id}/events?after={seen[0].Id}"))
            .ShouldContain("event: batch.completed\n");
        await ProblemAsync(
            await scheduler.Client.GetAsync($"/api/batches/{id}/events?after=5"), 400, "invalid_position", "after");
        (await AllAsync(scheduler.Client, id, seen[0].Id)).ShouldHaveSingleItem().Id[17..].ShouldBe(last.Id[17..]);
    }

    [Fact]
    public async Task A_reader_comes_back_to_another_scheduler_and_is_told_only_what_is_new()
    {
        await using var second = await scheduler.StartSchedulerAsync();
        using var elsewhere = SchedulerFixture.ClientOf(second, Tenant);
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var id = await CreateAsync(200);
        await Eventually.Until("all shards are held", () => worker.Taken.Count == 2);
        var first = await FirstAsync(scheduler.Client, id, null);

        // Nothing has happened since: the stream begins, and says nothing.
        using (var idle = await BatchEvents.OpenAsync(elsewhere, id, first.Id))
        {
            var buffer = new byte[64];
            var read = await (await idle.Content.ReadAsStreamAsync()).ReadAsync(buffer);
            System.Text.Encoding.UTF8.GetString(buffer, 0, read).ShouldBe(": hb\n");
        }

        await FinishAsync(worker, worker.Taken.First());
        var next = await FirstAsync(elsewhere, id, first.Id);

        next.Done.ShouldBe(100);
        string.CompareOrdinal(next.Id, first.Id).ShouldBeGreaterThan(0);
        next.Data.GetProperty("shards").GetRawText().ShouldBe("""{"running":1,"done":1}""");
        await CancelAsync(id);
        (await AllAsync(elsewhere, id, next.Id))[^1].Name.ShouldBe("batch.cancelled");
    }

    [Fact]
    public async Task Retries_and_silent_owners_are_told()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var id = await CreateAsync(10);
        await Eventually.Until("the shard is held", () => worker.Taken.Count == 1);
        var causes = new List<string>();
        await using var events = BatchEvents.ReadAsync(scheduler.Client, id).GetAsyncEnumerator();
        await events.MoveNextAsync();

        // The worker of this test renews nothing: its shard is taken from it, and given to it again.
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET suspect = true, suspected_at = clock_timestamp() WHERE batch_id = @batch",
            new { batch = Key(id) });
        while (events.Current.Data.GetProperty("retries").GetInt32() == 0)
        {
            causes.AddRange(events.Current.Data.GetProperty("causes").EnumerateArray()
                .Select(c => c.GetProperty("cause").GetString()!));
            (await events.MoveNextAsync()).ShouldBeTrue();
        }

        causes.ShouldContain("owner_silent");
        await CancelAsync(id);
    }

    [Fact]
    public async Task A_failed_batch_ends_its_events_too()
    {
        var id = (await scheduler.CreateBatchAsync("nonsense")).GetProperty("id").GetString()!;

        var events = await AllAsync(scheduler.Client, id, null);

        events[^1].Name.ShouldBe("batch.failed");
    }

    [Fact]
    public async Task Shards_are_listed_by_state_in_pages()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var id = await CreateAsync(1000);
        await Eventually.Until("the window is full", () => worker.Taken.Count == 8);
        var done = worker.Taken.First();
        await FinishAsync(worker, done);
        await Eventually.Until("the window is full again", () => worker.Taken.Count == 9);

        var page = await scheduler.GetAsync($"/api/batches/{id}/shards?limit=4");
        var rest = await scheduler.GetAsync(
            $"/api/batches/{id}/shards?limit=20&after={page.GetProperty("last_id").GetString()}");
        var ended = await scheduler.GetAsync($"/api/batches/{id}/shards?state=done");
        var running = await scheduler.GetAsync($"/api/batches/{id}/shards?state=running");

        page.GetProperty("has_more").GetBoolean().ShouldBeTrue();
        rest.GetProperty("has_more").GetBoolean().ShouldBeFalse();
        Numbers(page).Concat(Numbers(rest)).ShouldBe(Enumerable.Range(0, 10));
        var shard = ended.GetProperty("data").EnumerateArray().ShouldHaveSingleItem();
        shard.GetProperty("no").GetInt32().ShouldBe(done.ShardNo);
        shard.GetProperty("completed").GetInt32().ShouldBe(90);
        shard.GetProperty("failed").GetInt32().ShouldBe(10);
        shard.GetProperty("attempts").GetInt32().ShouldBe(1);
        shard.GetProperty("owner").ValueKind.ShouldBe(JsonValueKind.Null);
        running.GetProperty("data").GetArrayLength().ShouldBe(8);
        running.GetProperty("data")[0].GetProperty("owner").GetString().ShouldBe($"{worker.Instances.Current.Id:N}");
        await CancelAsync(id);
    }

    [Fact]
    public async Task Results_are_read_while_the_batch_runs_each_line_once()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        await using var second = await scheduler.StartSchedulerAsync("--Watch:MaxResultsBytes=1");
        using var elsewhere = SchedulerFixture.ClientOf(second, Tenant);
        var id = await CreateAsync(300);
        await Eventually.Until("all shards are held", () => worker.Taken.Count == 3);
        var reader = new ResultReader(scheduler.Client, id);
        await FinishAsync(worker, worker.Taken.ElementAt(2));
        await Eventually.Until("the first page is there", async () => await reader.ReadAsync("output") == 90);
        (await reader.ReadAsync("error")).ShouldBe(10);
        (await reader.ReadAsync("output")).ShouldBe(0);

        // A page whose transaction began before another one that is committed comes after it, and comes.
        await using var slow = await scheduler.DataSource.OpenConnectionAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using (var command = slow.CreateCommand())
        {
            command.CommandText = "SELECT pg_current_xact_id()";
            await command.ExecuteScalarAsync();
        }

        await FinishAsync(worker, worker.Taken.ElementAt(0));
        (await reader.ReadAsync("output")).ShouldBe(0);
        await transaction.CommitAsync();
        await FinishAsync(worker, worker.Taken.ElementAt(1));
        reader.Use(elsewhere);
        await Eventually.Until("all lines are read", async () =>
        {
            await reader.ReadAsync("output");
            await reader.ReadAsync("error");
            return reader.Lines.Count == 300;
        });

        reader.Lines.ShouldBeUnique();
        await scheduler.WaitForAsync(id, "completed");
        (await reader.ReadAsync("output")).ShouldBe(0);
    }

    [Theory]
    [InlineData("events", "Last-Event-ID: 5", "invalid_position")]
    [InlineData("events", "Last-Event-ID: 7fffffffffffffff-0000000000000000", "invalid_position")]
    [InlineData("events", "Last-Event-ID: ffffffffffffffff-0000000000000000", "invalid_position")]
    [InlineData("results?after=x", null, "invalid_position")]
    [InlineData("results?after=1-2", null, "invalid_position")]
    [InlineData("results?after=99999999999999999999-1-1", null, "invalid_position")]
    [InlineData("results?after=1--1-1", null, "invalid_position")]
    [InlineData("results?kind=both", null, "invalid_kind")]
    [InlineData("shards?limit=0", null, "invalid_limit")]
    [InlineData("shards?limit=1001", null, "invalid_limit")]
    [InlineData("shards?after=-1", null, "invalid_after")]
    [InlineData("shards?state=lost", null, "invalid_state")]
    [InlineData("shards?state=1", null, "invalid_state")]
    [InlineData("shards?state=done&state=ready", null, "invalid_state")]
    public async Task A_malformed_question_is_refused(string path, string? header, string code)
    {
        var id = (await scheduler.CreateBatchAsync("nonsense")).GetProperty("id").GetString()!;
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/batches/{id}/{path}");
        if (header?.Split(": ") is [var name, var value])
        {
            request.Headers.Add(name, value);
        }

        using var answer = await scheduler.Client.SendAsync(request);

        await ProblemAsync(answer, 400, code);
    }

    [Theory]
    [InlineData("events")]
    [InlineData("shards")]
    [InlineData("results")]
    public async Task Another_tenants_batch_does_not_exist(string path)
    {
        var id = (await scheduler.CreateBatchAsync("nonsense")).GetProperty("id").GetString()!;
        using var other = scheduler.ClientOf("other");

        await ProblemAsync(await other.GetAsync($"/api/batches/{id}/{path}"), 404, "batch_not_found");
        await ProblemAsync(await scheduler.Client.GetAsync($"/api/batches/batch_1/{path}"), 404, "batch_not_found");
    }

    [Fact]
    public async Task One_reader_too_many_is_told_to_come_back()
    {
        await using var small = await scheduler.StartSchedulerAsync("--Watch:MaxReaders=1");
        using var client = SchedulerFixture.ClientOf(small, Tenant);
        var id = await CreateAsync(100);
        using (await BatchEvents.OpenAsync(client, id, null))
        {
            using var refused = await BatchEvents.OpenAsync(client, id, null);
            await ProblemAsync(refused, 503, "too_many_readers");
            refused.Headers.RetryAfter.ShouldNotBeNull();
        }

        await Eventually.Until("the place is free", async () =>
        {
            using var next = await BatchEvents.OpenAsync(client, id, null);
            return next.IsSuccessStatusCode;
        });
        await CancelAsync(id);
    }

    [Fact]
    public async Task A_scheduler_that_stops_resets_its_readers()
    {
        var stopping = await scheduler.StartSchedulerAsync();
        using var client = SchedulerFixture.ClientOf(stopping, Tenant);
        var id = await CreateAsync(100);
        await using var events = BatchEvents.ReadAsync(client, id).GetAsyncEnumerator();
        (await events.MoveNextAsync()).ShouldBeTrue();

        await stopping.DisposeAsync();

        await Should.ThrowAsync<Exception>(async () =>
        {
            while (await events.MoveNextAsync())
            {
                events.Current.Name.ShouldBe("batch.progress");
            }
        });
        await CancelAsync(id);
    }

    private static async Task<BatchEvent> FirstAsync(HttpClient client, string id, string? after)
    {
        await foreach (var next in BatchEvents.ReadAsync(client, id, after))
        {
            return next;
        }

        throw new InvalidOperationException("The stream is empty.");
    }

    private static async Task<IReadOnlyList<BatchEvent>> AllAsync(HttpClient client, string id, string? after)
    {
        var events = new List<BatchEvent>();
        await foreach (var next in BatchEvents.ReadAsync(client, id, after))
        {
            events.Add(next);
        }

        return events;
    }

    private static async Task FinishAsync(FakeWorker worker, Contracts.Shards.RunShard shard)
    {
        var key = new ShardKey(shard.BatchId, shard.ShardNo);
        (await worker.RunAsync(
            new(key, shard.Epoch, worker.Instances.Current.Id),
            new(key, shard.Epoch, Guid.Empty, 1 + (shard.ShardNo * 100), 100, 0, 0, 1),
            lines: 100,
            last: true)).ShouldBeTrue();
    }

    private static IEnumerable<int> Numbers(JsonElement page) =>
        page.GetProperty("data").EnumerateArray().Select(s => s.GetProperty("no").GetInt32());

    private static Guid Key(string id) => Guid.Parse(id["batch_".Length..]);

    private async Task<string> CreateAsync(int lines)
    {
        var id = (await scheduler.CreateBatchAsync(lines)).GetProperty("id").GetString()!;
        await scheduler.WaitForAsync(id, "in_progress");
        return id;
    }

    private async Task CancelAsync(string id)
    {
        await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        await scheduler.WaitForAsync(id, "cancelled");
    }
}

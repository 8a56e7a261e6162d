using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.DeadLetters;
using Sluice.Scheduler.Webhooks;
using Sluice.Tests.Integration.Scheduler;
using Xunit;

namespace Sluice.Tests.Integration.DeadLetters;

/// <summary>Dead letters stay within their bounds, whatever a replay holds.</summary>
public sealed class LetterSweepTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>, IAsyncLifetime
{
    private WebApplication? _bounded;

    public async ValueTask InitializeAsync() => _bounded = await scheduler.StartSchedulerAsync(
        "--DeadLetters:MaxLetters=1000", "--DeadLetters:MaxAge=10.00:00:00", "--DeadLetters:SweepInterval=01:00:00");

    public async ValueTask DisposeAsync() => await _bounded!.DisposeAsync();

    [Fact]
    public async Task Old_letters_go_then_replayed_ones_then_the_oldest_and_never_one_that_a_replay_holds()
    {
        await AddAsync(60, LetterState.Open, daysAgo: 11);
        await AddAsync(40, LetterState.Replayed, daysAgo: 11);
        await AddAsync(5, LetterState.Replaying, daysAgo: 11);
        await AddAsync(900, LetterState.Open, daysAgo: 9);
        await AddAsync(150, LetterState.Replayed, daysAgo: 5);
        await AddAsync(250, LetterState.Open, daysAgo: 1);

        await SweepAsync();

        // 1,305 are left by age; all 150 replayed ones go, and the oldest 155 of the open ones.
        (await CountAsync("true")).ShouldBe(1000);
        (await CountAsync("state = 1")).ShouldBe(5);
        (await CountAsync("state = 2")).ShouldBe(0);
        (await CountAsync("state = 0 AND created_at < now() - interval '10 days'")).ShouldBe(0);
        (await CountAsync("state = 0 AND created_at < now() - interval '8 days'")).ShouldBe(745);
        (await CountAsync("state = 0 AND created_at > now() - interval '2 days'")).ShouldBe(250);

        await SweepAsync();
        (await CountAsync("true")).ShouldBe(1000);
    }

    [Fact]
    public async Task A_delivery_is_kept_as_long_as_its_letter_may_send_it_again()
    {
        var (webhook, kept, gone) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await scheduler.ExecuteAsync(
            """
            INSERT INTO scheduler.webhooks (id, tenant, name, url, event_types, secret, created_at)
            VALUES (@webhook, 'acme', 'n', 'https://a.example/', '{}', 's', now());
            INSERT INTO scheduler.webhook_deliveries (id, webhook_id, batch_id, event_type, created_at, state)
            SELECT i, @webhook, i, 'batch.failed', now() - interval '8 days', 2 FROM unnest(@ids) AS i;
            INSERT INTO scheduler.dead_letters
                (id, kind, code, message, attempts, created_at, payload_bytes, message_id)
            VALUES (gen_random_uuid(), 3, 'c', 'm', 1, now(), 0, @kept)
            """,
            new { webhook, kept, ids = new[] { kept, gone } });
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        var before = TimeProvider.System.GetUtcNow().AddDays(-7);

        (await WebhookTable.ForgetAsync(connection, before, 100, default)).ShouldBe(1);
        (await DeliveriesAsync()).ShouldBe([kept]);

        await scheduler.ExecuteAsync("DELETE FROM scheduler.dead_letters WHERE message_id = @kept", new { kept });
        (await WebhookTable.ForgetAsync(connection, before, 100, default)).ShouldBe(1);
        (await DeliveriesAsync()).ShouldBeEmpty();

        async Task<IEnumerable<Guid>> DeliveriesAsync() => await connection.QueryAsync<Guid>(
            "SELECT id FROM scheduler.webhook_deliveries WHERE webhook_id = @webhook", new { webhook });
    }

    private Task SweepAsync() => _bounded!.Services.GetRequiredService<LetterSweep>().RunAsync(default);

    private Task<long> CountAsync(string where) =>
        scheduler.ScalarAsync<long>($"SELECT count(*) FROM scheduler.dead_letters WHERE {where}");

    /// <summary>In the order of the calls: ids are time-ordered.</summary>
    private Task<int> AddAsync(int count, LetterState state, int daysAgo) => scheduler.ExecuteAsync(
        """
        INSERT INTO scheduler.dead_letters (id, kind, state, code, message, attempts, created_at, payload_bytes)
        SELECT i, 2, @state, 'c', 'm', 1, now() - @daysAgo * interval '1 day', 0 FROM unnest(@ids) AS i
        """,
        new
        {
            state = (short)state,
            daysAgo,
            ids = Enumerable.Range(0, count).Select(n => Guid.CreateVersion7(
                TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(daysAgo) + TimeSpan.FromMilliseconds(n))).ToArray(),
        });
}

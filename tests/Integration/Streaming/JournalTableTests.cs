using Npgsql;
using Shouldly;
using Sluice.Streaming.Log;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>Whose a journal is: an instance empties its own, unless another one has fenced it.</summary>
public sealed class JournalTableTests : IAsyncLifetime
{
    private readonly Guid _instance = Guid.CreateVersion7();
    private LogDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await LogDatabase.CreateAsync();
        await _database.ExecuteAsync(
            $$"""
              INSERT INTO streaming.instances (id, service) VALUES ('{{_instance}}', 'streaming');
              INSERT INTO streaming.response_journal (instance, no, format, days, ids, seqs, counts, payloads)
              SELECT '{{_instance}}', no, 1, '{}', '{}', '{}', '{}', '{}' FROM generate_series(1, 5) AS no
              """);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_instance_removes_what_is_in_rows_already_from_its_journal()
    {
        await RemoveAsync(before: 4);

        (await NumbersAsync()).ShouldBe([4, 5]);
    }

    [Fact]
    public async Task A_fenced_instance_leaves_its_journal_to_its_taker()
    {
        await _database.ExecuteAsync($"UPDATE streaming.instances SET fenced = true WHERE id = '{_instance}'");

        await RemoveAsync(before: 6);

        (await NumbersAsync()).ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task An_instance_that_is_being_fenced_removes_nothing_either()
    {
        await using var connection = await _database.Source.OpenConnectionAsync();
        await using var fencing = await connection.BeginTransactionAsync();
        await using var fence = new NpgsqlCommand("UPDATE streaming.instances SET fenced = true", connection);
        await fence.ExecuteNonQueryAsync();

        var removed = RemoveAsync(before: 6);
        await Eventually.Until("it waits for the one that fences it", async () => await _database.ScalarAsync(
            $"SELECT count(*) FROM pg_locks WHERE NOT granted AND {connection.ProcessID} = ANY(pg_blocking_pids(pid))")
            is > 0L);
        await fencing.CommitAsync();
        await removed;

        (await NumbersAsync()).ShouldBe([1, 2, 3, 4, 5]);
    }

    private Task RemoveAsync(long before) =>
        new JournalTable(_database.Source).RemoveAsync(_instance, before, CancellationToken.None);

    private async Task<long[]> NumbersAsync() => (long[])(await _database.ScalarAsync(
        "SELECT coalesce(array_agg(no ORDER BY no), '{}') FROM streaming.response_journal"))!;
}

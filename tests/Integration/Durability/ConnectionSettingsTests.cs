using Npgsql;
using Shouldly;
using Sluice.Durability.Postgres;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>What every connection of a process sets at the server, and what an operator may set instead.</summary>
public sealed class ConnectionSettingsTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Waiting_is_bounded_and_nothing_is_compiled()
    {
        (await ShowAsync(_database.Uri, "statement_timeout")).ShouldBe("7s");
        (await ShowAsync(_database.Uri, "lock_timeout")).ShouldBe("5s");
        (await ShowAsync(_database.Uri, "idle_in_transaction_session_timeout")).ShouldBe("3s");
        (await ShowAsync(_database.Uri, "jit")).ShouldBe("off");
    }

    [Fact]
    public async Task Who_wants_statements_compiled_says_so()
    {
        var configured = $"{_database.Uri}?Options={Uri.EscapeDataString("-c jit=on")}";

        (await ShowAsync(configured, "jit")).ShouldBe("on");
    }

    private static async Task<object?> ShowAsync(string configured, string setting)
    {
        var options = new PostgresOptions { StatementTimeout = TimeSpan.FromSeconds(7) };
        var text = PostgresServices.ConnectionString(configured, options, application: "test").ConnectionString;
        await using var dataSource = NpgsqlDataSource.Create(text);
        await using var command = dataSource.CreateCommand($"SHOW {setting}");
        return await command.ExecuteScalarAsync();
    }
}

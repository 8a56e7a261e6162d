using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Postgres;

namespace Sluice.Durability.Schema;

/// <summary>
/// Applies the registered scripts before any other hosted service starts: one transaction per schema under an advisory
/// lock, so that any number of processes may start at once. A server that does not answer yet is waited for.
/// </summary>
internal sealed partial class SchemaMigrator(
    NpgsqlDataSource dataSource,
    IEnumerable<SchemaModule> modules,
    IOptions<PostgresOptions> options,
    TimeProvider time,
    ILogger<SchemaMigrator> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(250);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                foreach (var schema in modules.GroupBy(module => module.Schema, StringComparer.Ordinal))
                {
                    await MigrateAsync(schema.Key, [.. schema], cancellationToken);
                }

                return;
            }
            catch (Exception exception) when (DatabaseErrors.IsTransient(exception)
                && time.GetElapsedTime(started) < options.Value.StartTimeout)
            {
                Log.Waiting(logger, exception.Message);
                await Task.Delay(RetryEvery, time, cancellationToken);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task MigrateAsync(
        string schema, IReadOnlyList<SchemaModule> modulesOfSchema, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // The first of many starting processes does the work; the others wait for it longer than for any ordinary lock.
        await ExecuteAsync(connection, """
            SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = '120s';
            SET LOCAL idle_in_transaction_session_timeout = '60s';
            """, cancellationToken);
        await using (
            var take = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended($1, 20001))", connection))
        {
            take.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
            await take.ExecuteNonQueryAsync(cancellationToken);
        }

        await ExecuteAsync(connection, $"""
            CREATE SCHEMA IF NOT EXISTS {schema};
            CREATE TABLE IF NOT EXISTS {schema}.schema_versions (
                module text NOT NULL, version int NOT NULL, name text NOT NULL,
                checksum bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (module, version));
            """, cancellationToken);
        foreach (var module in modulesOfSchema)
        {
            await ApplyAsync(connection, module, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private async Task ApplyAsync(NpgsqlConnection connection, SchemaModule module, CancellationToken cancellationToken)
    {
        var applied = new Dictionary<int, byte[]>();
        await using (var read = new NpgsqlCommand(
            $"SELECT version, checksum FROM {module.Schema}.schema_versions WHERE module = $1", connection))
        {
            read.Parameters.Add(new NpgsqlParameter<string> { TypedValue = module.Name });
            await using var reader = await read.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                applied.Add(reader.GetInt32(0), (byte[])reader.GetValue(1));
            }
        }

        foreach (var script in SchemaScript.Read(module.Assembly, module.Schema))
        {
            if (applied.TryGetValue(script.Version, out var checksum))
            {
                script.ShouldBe(checksum, module.Name);
                continue;
            }

            var watch = Stopwatch.GetTimestamp();
            await ExecuteAsync(connection, script.Sql, cancellationToken);
            await using var record = new NpgsqlCommand(
                $"""
                INSERT INTO {module.Schema}.schema_versions (module, version, name, checksum) VALUES ($1, $2, $3, $4)
                """,
                connection);
            record.Parameters.Add(new NpgsqlParameter<string> { TypedValue = module.Name });
            record.Parameters.Add(new NpgsqlParameter<int> { TypedValue = script.Version });
            record.Parameters.Add(new NpgsqlParameter<string> { TypedValue = script.Name });
            record.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = script.Checksum });
            await record.ExecuteNonQueryAsync(cancellationToken);
            Log.Applied(
                logger, module.Name, module.Schema, script.Version, script.Name, Stopwatch.GetElapsedTime(watch));
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Information, "Applied {Module} {Version:0000}-{Name} to schema {Schema} in {Elapsed}")]
        public static partial void Applied(
            ILogger logger, string module, string schema, int version, string name, TimeSpan elapsed);

        [LoggerMessage(2, LogLevel.Warning, "The database does not answer yet: {Reason}")]
        public static partial void Waiting(ILogger logger, string reason);
    }
}

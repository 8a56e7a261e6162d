using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Scheduler.Data;
using Xunit;

namespace Sluice.Tests.Integration.Scheduler;

public sealed class SchedulerSchemaTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Theory]
    [InlineData("batches")]
    [InlineData("batch_errors")]
    [InlineData("creations")]
    [InlineData("files")]
    public async Task The_model_has_the_columns_that_the_scripts_make(string table)
    {
        await using var scope = scheduler.Services.CreateAsyncScope();
        var model = scope.ServiceProvider.GetRequiredService<SchedulerDbContext>().Model;
        var entity = model.GetEntityTypes().Single(e => e.GetTableName() == table);
        var id = StoreObjectIdentifier.Create(entity, StoreObjectType.Table)!.Value;
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        var actual = await connection.QueryAsync<(string, string, bool)>(
            """
            SELECT attname::text, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute
            WHERE attrelid = ('scheduler.' || @table)::regclass AND attnum > 0 AND NOT attisdropped
            """,
            new { table });

        entity.GetProperties()
            .Select(p => (p.GetColumnName(id)!, p.GetColumnType(id), p.IsNullable))
            .ShouldBe(actual, ignoreOrder: true);
        entity.FindPrimaryKey()!.Properties.Select(p => p.GetColumnName(id)).ShouldBe(
            await connection.QueryAsync<string>(
                """
                SELECT a.attname::text FROM pg_index i
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
                WHERE i.indrelid = ('scheduler.' || @table)::regclass AND i.indisprimary ORDER BY a.attnum
                """,
                new { table }));
    }
}

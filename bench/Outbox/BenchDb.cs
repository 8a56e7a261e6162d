using Microsoft.EntityFrameworkCore;
using Sluice.Durability.Schema;

namespace Sluice.Bench.Outbox;

/// <summary>A context that has an outbox and nothing else.</summary>
internal sealed class BenchDb(DbContextOptions<BenchDb> options) : DbContext(options)
{
    public const string Schema = "bench";

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.AddDurability(Schema);
}

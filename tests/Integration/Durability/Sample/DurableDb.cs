using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Sluice.Durability.Schema;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>A service's context: one table of effects, one of sagas, and the outbox.</summary>
internal sealed class DurableDb(DbContextOptions<DurableDb> options) : DbContext(options)
{
    public const string Schema = "durable";

    /// <summary>The tables that a service would bring as a schema module.</summary>
    public const string Sql = """
        CREATE SCHEMA durable;
        CREATE TABLE durable.effects (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message uuid NOT NULL, text text NOT NULL,
            written_at timestamptz NOT NULL DEFAULT clock_timestamp());
        CREATE TABLE durable.counters (
            correlation_id uuid PRIMARY KEY, state text NOT NULL, count int NOT NULL, seen int NOT NULL,
            name text NOT NULL, timer_id uuid, fired int NOT NULL);
        """;

    public DbSet<Effect> Effects => Set<Effect>();

    public DbSet<Counter> Counters => Set<Counter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddDurability(Schema);
        modelBuilder.Entity<Effect>(effect =>
        {
            effect.ToTable("effects", Schema);
            effect.Property(e => e.Id).HasColumnName("id");
            // A change of it is a change that comes to no statement.
            effect.Property(e => e.Message).HasColumnName("message")
                .Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
            effect.Property(e => e.Text).HasColumnName("text");
        });
        modelBuilder.Entity<Counter>(counter =>
        {
            counter.ToTable("counters", Schema);
            counter.HasKey(c => c.CorrelationId);
            counter.Property(c => c.CorrelationId).HasColumnName("correlation_id").ValueGeneratedNever();
            counter.Property(c => c.CurrentState).HasColumnName("state");
            counter.Property(c => c.Count).HasColumnName("count");
            counter.Property(c => c.Seen).HasColumnName("seen");
            counter.Property(c => c.Name).HasColumnName("name");
            counter.Property(c => c.TimerId).HasColumnName("timer_id");
            counter.Property(c => c.Fired).HasColumnName("fired");
        });
    }
}

using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Sluice.Durability.Schema;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Batches.Creating;
using Sluice.Scheduler.Files;

namespace Sluice.Scheduler.Data;

/// <summary>
/// The scheduler's tables and the batch store's files, for EF Core. Columns are the properties in snake_case; a test
/// compares the model with the SQL scripts.
/// </summary>
internal sealed partial class SchedulerDbContext(DbContextOptions<SchedulerDbContext> options) : DbContext(options)
{
    public DbSet<BatchState> Batches => Set<BatchState>();

    public DbSet<BatchError> BatchErrors => Set<BatchError>();

    public DbSet<Creation> Creations => Set<Creation>();

    public DbSet<StoredFile> Files => Set<StoredFile>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(SchedulerSchema.Name);
        modelBuilder.Entity<BatchState>(batch =>
        {
            batch.ToTable("batches").HasKey(b => b.CorrelationId);
            batch.Ignore(b => b.CancelRequested);
        });
        modelBuilder.Entity<BatchError>().ToTable("batch_errors").HasKey(e => new { e.BatchId, e.No });
        modelBuilder.Entity<Creation>().ToTable("creations").HasKey(c => c.BatchId);
        modelBuilder.Entity<StoredFile>().ToTable("files").HasKey(f => f.Id);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
                property.ValueGenerated = Microsoft.EntityFrameworkCore.Metadata.ValueGenerated.Never;
            }
        }

        modelBuilder.Entity<BatchState>().Property(b => b.CorrelationId).HasColumnName("id");
        modelBuilder.AddDurability(SchedulerSchema.Name);
    }

    private static string SnakeCase(string name) => WordStart().Replace(name, "_$0").ToLowerInvariant();

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WordStart();
}

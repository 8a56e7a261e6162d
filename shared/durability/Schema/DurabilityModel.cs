using Microsoft.EntityFrameworkCore;
using Sluice.Durability.Inbox;
using Sluice.Durability.Outbox;

namespace Sluice.Durability.Schema;

public static class DurabilityModel
{
    /// <summary>
    /// Maps outbox and inbox of <paramref name="schema"/> into a DbContext, so that messages commit with its changes.
    /// The tables come from <see cref="SchemaServices.AddDurabilitySchema"/>.
    /// </summary>
    public static ModelBuilder AddDurability(this ModelBuilder modelBuilder, string schema)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<OutboxRow>(row =>
        {
            row.ToTable("outbox", schema);
            row.HasKey(r => r.Id);
            row.Property(r => r.Id).HasColumnName("id").ValueGeneratedNever();
            row.Property(r => r.Destination).HasColumnName("destination");
            row.Property(r => r.MessageId).HasColumnName("message_id");
            row.Property(r => r.MessageType).HasColumnName("message_type");
            row.Property(r => r.ContentType).HasColumnName("content_type");
            row.Property(r => r.Headers).HasColumnName("headers");
            row.Property(r => r.Body).HasColumnName("body");
            row.Property(r => r.ScheduleId).HasColumnName("schedule_id");
            row.Property(r => r.DeliverAt).HasColumnName("deliver_at").IsRequired().HasDefaultValueSql("now()");
            row.Property(r => r.ExpiresAt).HasColumnName("expires_at");
        });
        modelBuilder.Entity<InboxRow>(row =>
        {
            row.ToTable("inbox", schema);
            row.HasKey(r => new { r.MessageId, r.Consumer });
            row.Property(r => r.MessageId).HasColumnName("message_id").ValueGeneratedNever();
            row.Property(r => r.Consumer).HasColumnName("consumer").ValueGeneratedNever();
        });
        return modelBuilder;
    }
}

using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Schema;

public static class DurabilityModel
{
    private const string SchemaAnnotation = "Sluice:DurabilitySchema";

    /// <summary>
    /// Gives a DbContext the outbox and inbox of <paramref name="schema"/>: its messages commit with its changes. The
    /// tables come from <see cref="SchemaServices.AddDurabilitySchema"/>.
    /// </summary>
    public static ModelBuilder AddDurability(this ModelBuilder modelBuilder, string schema)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Model.SetAnnotation(SchemaAnnotation, schema);
        return modelBuilder;
    }

    /// <summary>The schema of a context's outbox.</summary>
    /// <exception cref="InvalidOperationException">Its model was not given one.</exception>
    internal static string SchemaOf(DbContext context) =>
        context.Model.FindAnnotation(SchemaAnnotation)?.Value as string
        ?? throw new InvalidOperationException(
            $"{context.GetType().Name} has no outbox: call modelBuilder.AddDurability(schema) in OnModelCreating.");
}

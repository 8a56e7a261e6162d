using System.Collections.Concurrent;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Sluice.Durability.Sagas;

/// <summary>SQL texts for one saga type in one model, from its mapping.</summary>
internal sealed class SagaSql
{
    private static readonly ConcurrentDictionary<(IModel Model, Type Saga), SagaSql> Cache = new();

    private SagaSql(IEntityType entity)
    {
        var table = StoreObjectIdentifier.Create(entity, StoreObjectType.Table)
            ?? throw new InvalidOperationException($"{entity.ShortName()} is mapped to no table.");
        var key = entity.FindProperty(nameof(ISaga.CorrelationId))?.GetColumnName(table)
            ?? throw new InvalidOperationException($"{entity.ShortName()} maps no CorrelationId.");
        var name = table.Schema is null ? $"\"{table.Name}\"" : $"\"{table.Schema}\".\"{table.Name}\"";
        // NO KEY UPDATE is what an UPDATE takes; a plain FOR UPDATE would also block foreign keys to the row. xmin
        // comes along for models that use it as a concurrency token.
        Lock = $"SELECT *, xmin FROM {name} WHERE \"{key}\" = {{0}} FOR NO KEY UPDATE";
        // Locking in the order of the keys keeps two events that match the same sagas from a deadlock.
        LockMany = $"SELECT *, xmin FROM {name} WHERE \"{key}\" = ANY({{0}}) ORDER BY \"{key}\" FOR NO KEY UPDATE";
        InsertColumns = [.. entity.GetProperties()
            .Where(property => property.GetColumnName(table) is not null
                && property.GetBeforeSaveBehavior() == PropertySaveBehavior.Save
                && !property.IsShadowProperty())];
        var columns = string.Join(", ", InsertColumns.Select(property => $"\"{property.GetColumnName(table)}\""));
        var values = string.Join(", ", InsertColumns.Select((_, i) => $"@p{i}"));
        Insert = $"INSERT INTO {name} ({columns}) VALUES ({values}) ON CONFLICT (\"{key}\") DO NOTHING";
    }

    /// <summary>Loads one row and locks it; <c>{0}</c> is its id.</summary>
    public string Lock { get; }

    /// <summary>Loads and locks rows in the order of their ids; <c>{0}</c> is an array.</summary>
    public string LockMany { get; }

    /// <summary>Inserts a row unless it is there; parameters in the order of <see cref="InsertColumns"/>.</summary>
    public string Insert { get; }

    public IReadOnlyList<IProperty> InsertColumns { get; }

    public static SagaSql For<TSaga>(DbContext dbContext)
        where TSaga : class, ISaga =>
        Cache.GetOrAdd((dbContext.Model, typeof(TSaga)), key => new SagaSql(key.Model.FindEntityType(key.Saga)
            ?? throw new InvalidOperationException($"{key.Saga.Name} is not part of the model of its DbContext.")));
}

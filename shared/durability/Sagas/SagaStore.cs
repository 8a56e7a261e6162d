using System.Globalization;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Sluice.Durability.Sagas;

/// <summary>
/// Locked reads and race-free inserts of one saga type, in the transaction that is open on the context. ReadCommitted
/// is enough: the row lock orders the events of an instance.
/// </summary>
internal sealed class SagaStore<TSaga>(DbContext dbContext)
    where TSaga : class, ISaga
{
    private readonly SagaSql _sql = SagaSql.For<TSaga>(dbContext);

    /// <summary>
    /// Loads and locks. Null: there is none, and nobody else can add one until this transaction ends.
    /// </summary>
    public async Task<TSaga?> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        Forget(id);
        var found = await SelectAsync(_sql.Lock, id, cancellationToken);
        if (found.Count > 0)
        {
            return found[0];
        }

        // A missing row cannot be locked, so its key is: the second of two first events waits here, then finds the row.
        await dbContext.Database.ExecuteSqlAsync(
            $"SELECT pg_advisory_xact_lock(hashtextextended({typeof(TSaga).Name + id}, 20002))", cancellationToken);
        return (await SelectAsync(_sql.Lock, id, cancellationToken)).SingleOrDefault();
    }

    /// <summary>
    /// Loads and locks what a query matches, in the order of the ids, and drops what no longer matches.
    /// </summary>
    public async Task<IReadOnlyList<TSaga>> FindAsync(ISagaQuery<TSaga> query, CancellationToken cancellationToken)
    {
        var ids = await QueryAsync(query, cancellationToken);
        if (ids.Length == 0)
        {
            return [];
        }

        foreach (var id in ids)
        {
            Forget(id);
        }

        var matches = query.GetFilter();
        return [.. (await SelectAsync(_sql.LockMany, ids, cancellationToken)).Where(matches)];
    }

    public Task<Guid[]> QueryAsync(ISagaQuery<TSaga> query, CancellationToken cancellationToken) =>
        dbContext.Set<TSaga>().AsNoTracking().Where(SagaQueryParameters.Extract(query.FilterExpression))
            .Select(saga => saga.CorrelationId).ToArrayAsync(cancellationToken);

    /// <summary>
    /// Inserts unless the key is taken; a concurrent insert of the same key is waited for. No exception either way.
    /// </summary>
    public async Task InsertAsync(TSaga instance, CancellationToken cancellationToken)
    {
        await using var command = dbContext.Database.GetDbConnection().CreateCommand();
        command.Transaction = dbContext.Database.CurrentTransaction?.GetDbTransaction();
        command.CommandText = _sql.Insert;
        for (var i = 0; i < _sql.InsertColumns.Count; i++)
        {
            var property = _sql.InsertColumns[i];
            command.Parameters.Add(property.GetRelationalTypeMapping().CreateParameter(
                command, string.Create(CultureInfo.InvariantCulture, $"p{i}"),
                property.GetGetter().GetClrValue(instance),
                property.IsNullable));
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private Task<List<TSaga>> SelectAsync<TKey>(string sql, TKey key, CancellationToken cancellationToken)
        where TKey : notnull =>
        dbContext.Set<TSaga>().FromSqlRaw(sql, key).AsTracking().ToListAsync(cancellationToken);

    /// <summary>An instance that the scope has read before must not be taken for what the locked row says.</summary>
    private void Forget(Guid id)
    {
        if (dbContext.Set<TSaga>().Local.FirstOrDefault(saga => saga.CorrelationId == id) is { } tracked)
        {
            dbContext.Entry(tracked).State = EntityState.Detached;
        }
    }
}

using Microsoft.EntityFrameworkCore;

namespace Sluice.Scheduler.Data;

/// <summary>
/// Begins transactions outside of a request or a saga: background loops and long consumers, whose messages go through
/// the outbox of that transaction, not of a consumed message. Safe for concurrent use.
/// </summary>
internal sealed class SchedulerTransactions(IServiceScopeFactory scopes)
{
    /// <summary>
    /// Opens a scope, a context and a ReadCommitted transaction; dispose it to roll back what was not committed.
    /// </summary>
    public async Task<SchedulerTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        var scope = scopes.CreateAsyncScope();
        try
        {
            var db = scope.ServiceProvider.GetRequiredService<SchedulerDbContext>();
            var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            return new(scope, db, transaction);
        }
        catch
        {
            await scope.DisposeAsync();
            throw;
        }
    }
}

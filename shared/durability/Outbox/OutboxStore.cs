using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Outbox;

/// <summary>The outbox of one scope's DbContext: rows commit, and cancellations happen, with its transaction.</summary>
internal sealed class OutboxStore<TDbContext>(
    TDbContext dbContext, OutboxRowFactory rows, OutboxInterceptor interceptor, OutboxTable table)
    : IScheduleCancellation
    where TDbContext : DbContext
{
    public void Add<T>(SendContext<T> context)
        where T : class =>
        interceptor.Add(dbContext, rows.Create(context));

    public async Task CancelAsync(Guid scheduleId, CancellationToken cancellationToken)
    {
        if (interceptor.Cancel(dbContext, scheduleId))
        {
            return;
        }

        await dbContext.Database.ExecuteSqlRawAsync(
            OutboxTable.CancelSql(table.Schema).Replace("$1", "{0}", StringComparison.Ordinal),
            [scheduleId], cancellationToken);
    }
}

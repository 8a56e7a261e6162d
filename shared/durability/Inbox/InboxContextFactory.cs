using System.Data;
using MassTransit;
using MassTransit.Middleware;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Sluice.Durability.Faults;
using Sluice.Durability.Outbox;

namespace Sluice.Durability.Inbox;

/// <summary>
/// Runs a consumer in one ReadCommitted transaction together with its inbox row and its outbox rows: one commit,
/// whatever it publishes. A duplicate that arrives meanwhile waits on the unique key, then finds the row and is
/// acknowledged.
/// </summary>
internal sealed partial class InboxContextFactory<TDbContext>(
    TDbContext dbContext,
    OutboxStore<TDbContext> store,
    InboxServices services,
    IServiceProvider provider,
    ILogger<InboxContextFactory<TDbContext>> logger) : IOutboxContextFactory<TDbContext>
    where TDbContext : DbContext
{
    public async Task Send<T>(
        ConsumeContext<T> context, OutboxConsumeOptions options, IPipe<OutboxConsumeContext<T>> next)
        where T : class
    {
        // A redelivery has a new message id, and keeps the original one in a header.
        var messageId = context.GetOriginalMessageId()
            ?? throw new MessageException(typeof(T), "A message without an id cannot be consumed exactly once.");
        await using var transaction = await dbContext.Database.BeginTransactionAsync(
            IsolationLevel.ReadCommitted, context.CancellationToken);
        var inserted = await dbContext.Database.ExecuteSqlRawAsync(
            services.InsertSql, [messageId, options.ConsumerId], context.CancellationToken);
        if (inserted == 0)
        {
            services.Metrics.Duplicates.Add(1);
            Log.Duplicate(logger, messageId, options.ConsumerType);
        }

        await next.Send(new ConsumerOutbox<TDbContext, T>(context, options, provider, store, duplicate: inserted == 0));
        await dbContext.SaveChangesAsync(context.CancellationToken);
        await services.Faults.ReachAsync("inbox.beforeCommit", context.CancellationToken);
        await transaction.CommitAsync(context.CancellationToken);
        await services.Faults.ReachAsync("inbox.afterCommit", context.CancellationToken);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("inbox").Add("provider", "postgres");

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Message {MessageId} was already consumed by {Consumer}; dropped")]
        public static partial void Duplicate(ILogger logger, Guid messageId, string consumer);
    }
}

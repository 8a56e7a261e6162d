using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Sluice.Durability.Faults;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Data;

/// <summary>One short transaction with the messages that it causes. Not thread-safe.</summary>
internal sealed class SchedulerTransaction(
    AsyncServiceScope scope, SchedulerDbContext db, IDbContextTransaction transaction) : IAsyncDisposable
{
    private readonly IPublishEndpoint _events = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
    private readonly ISendEndpointProvider _commands =
        scope.ServiceProvider.GetRequiredService<ISendEndpointProvider>();

    public SchedulerDbContext Db => db;

    /// <summary>The transaction's connection, for plain SQL.</summary>
    public NpgsqlConnection Connection => (NpgsqlConnection)db.Database.GetDbConnection();

    /// <summary>Puts an event into the outbox; it leaves after the commit.</summary>
    public Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class =>
        _events.Publish(message, cancellationToken);

    /// <summary>Puts a command for one queue into the outbox; it leaves after the commit.</summary>
    public async Task SendAsync<T>(string queue, T message, CancellationToken cancellationToken)
        where T : class
    {
        var endpoint = await _commands.GetSendEndpoint(Queues.Address(queue));
        await endpoint.Send(message, cancellationToken);
    }

    /// <summary>As <see cref="SendAsync"/>; it leaves that much later.</summary>
    public Task ScheduleAsync<T>(string queue, T message, TimeSpan delay, CancellationToken cancellationToken)
        where T : class
    {
        var at = scope.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime + delay;
        return scope.ServiceProvider.GetRequiredService<IMessageScheduler>().ScheduleSend(
            Queues.Address(queue), at, message, cancellationToken);
    }

    /// <summary>Orders the end of a batch at its deadline; returns what cancels that again.</summary>
    public Task<Guid?> ScheduleExpiryAsync(BatchState batch, CancellationToken cancellationToken) =>
        scope.ServiceProvider.GetRequiredService<ExpirySchedule>()
            .SetAsync(batch.CorrelationId, batch.ExpiresAt, cancellationToken);

    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="faultPoint">Reached when everything is written and nothing committed.</param>
    public async Task CommitAsync(
        CancellationToken cancellationToken, string faultPoint = "scheduler.beforeCommit")
    {
        await db.SaveChangesAsync(cancellationToken);
        await scope.ServiceProvider.GetRequiredService<IFaultPoints>().ReachAsync(faultPoint, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await scope.DisposeAsync();
    }
}

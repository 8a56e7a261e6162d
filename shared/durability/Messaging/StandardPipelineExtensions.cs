using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sluice.Durability.Messaging;
using Sluice.Durability.Postgres;
using Sluice.Durability.Scheduling;

namespace MassTransit;

public static class StandardPipelineExtensions
{
    private static readonly TimeSpan OutageTry = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The one order of filters: wait for a database that is away → scheduled redelivery → retry. For long consumers,
    /// which are idempotent by id and epoch.
    /// </summary>
    public static void UseStandardPipeline(
        this IReceiveEndpointConfigurator endpoint,
        IRegistrationContext context,
        Action<StandardPipeline>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(context);
        var options = context.GetRequiredService<IOptions<MessagingOptions>>().Value;
        var pipeline = new StandardPipeline(options.Retries, options.Redeliveries);
        configure?.Invoke(pipeline);

        // An outage is nobody's failure. It is waited out here, holding the delivery: a redelivery could not be stored,
        // and the message would land in the error queue while the database restarts.
        var tries = (int)(options.DatabaseOutage / OutageTry);
        if (tries > 0)
        {
            endpoint.UseMessageRetry(retry =>
            {
                retry.Handle<Exception>(DatabaseErrors.IsOutage);
                retry.Interval(tries, OutageTry);
            });
        }

        if (pipeline.Redeliveries.Count > 0 && context.GetService<DirectOutbox>() is not null)
        {
            endpoint.UseScheduledRedelivery(retry =>
            {
                retry.Ignore<Exception>(DatabaseErrors.IsOutage);
                retry.Intervals([.. pipeline.Redeliveries]);
            });
        }

        if (pipeline.Retries.Count > 0)
        {
            endpoint.UseMessageRetry(retry =>
            {
                retry.Ignore<Exception>(DatabaseErrors.IsOutage);
                retry.Intervals([.. pipeline.Retries]);
            });
        }
    }

    /// <summary>
    /// As <see cref="UseStandardPipeline(IReceiveEndpointConfigurator, IRegistrationContext,
    /// Action{StandardPipeline}?)"/>, then inbox and outbox of <typeparamref name="TDbContext"/>: each try is a
    /// transaction of its own. For short consumers.
    /// </summary>
    public static void UseStandardPipeline<TDbContext>(
        this IReceiveEndpointConfigurator endpoint,
        IRegistrationContext context,
        Action<StandardPipeline>? configure = null)
        where TDbContext : DbContext
    {
        endpoint.UseStandardPipeline(context, configure);
        endpoint.UseEntityFrameworkOutbox<TDbContext>(context);
    }
}

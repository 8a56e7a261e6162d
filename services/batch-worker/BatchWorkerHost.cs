using MassTransit;
using Microsoft.Extensions.Options;
using Sluice.BatchStore;
using Sluice.BatchWorker.Flow;
using Sluice.BatchWorker.Lines;
using Sluice.BatchWorker.Results;
using Sluice.BatchWorker.Shards;
using Sluice.BatchWorker.Telemetry;
using Sluice.Durability.Faults;
using Sluice.Durability.Instances;
using Sluice.ServiceDefaults;
using Sluice.ServiceDefaults.Options;
using Sluice.Tasks;

namespace Sluice.BatchWorker;

/// <summary>The batch-worker process as a callable host, so that tests can run it in their own process.</summary>
public static class BatchWorkerHost
{
    /// <summary>
    /// Builds the application; <paramref name="args"/> are configuration keys (<c>--Internal:Url=…</c>).
    /// </summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("batch-worker");
        var services = builder.Services;
        services.AddValidatedOptions<WorkerOptions>(WorkerOptions.Section);
        services.AddSingleton<IValidateOptions<WorkerOptions>, WorkerOptionsValidator>();
        services.AddValidatedOptions<FlowOptions>(FlowOptions.Section);
        services.AddSingleton<IValidateOptions<FlowOptions>, FlowOptionsValidator>();
        services.AddInstances("batch-worker", BatchStoreSchema.Name);
        services.AddBatchStore();
        services.AddTasks();
        services.AddFaultPoints();
        AddLines(services);
        AddShards(services);

        // Last, so that the bus stops first and everything it uses is still there.
        services.AddSluiceMessaging(
            bus => bus.AddConsumer<RunShardConsumer>().ExcludeFromConfigureEndpoints(), ShardEndpoints.Configure);
        var app = builder.Build();
        app.MapServiceDefaults();
        return app;
    }

    private static void AddLines(IServiceCollection services)
    {
        services.AddSingleton<LineTimes>();
        services.AddSingleton<WorkerTelemetry>();
        services.AddSingleton(p => new ByteBudget(p.GetRequiredService<IOptions<WorkerOptions>>().Value.MaxLineBytes));
        services.AddSingleton<FlowMetrics>();
        services.AddSingleton<ProviderFlows>();
        services.AddSingleton<ParkedShards>();
        services.AddSingleton<LineRetry>();
        services.AddSingleton<LineCalls>();
        services.AddSingleton<LineRunner>();
        services.AddSingleton<PageAppender>();
        services.AddSingleton<PageCommitter>();
        services.AddSingleton<PageWriterFactory>();
    }

    /// <summary>Hosted services stop in the reverse order of these lines.</summary>
    private static void AddShards(IServiceCollection services)
    {
        services.AddSingleton<RunningShards>();
        services.AddSingleton<ShardInput>();
        services.AddSingleton<ShardLinesFactory>();
        services.AddSingleton<ShardSplitter>();
        services.AddSingleton<ShardRunner>();
        services.AddSingleton<LineTrials>();
        services.AddSingleton<QuarantinedRunner>();
        services.AddSingleton<ShardReturns>();
        services.AddSingleton<ShardHolder>();
        services.AddSingleton<ShardTaker>();
        services.AddSingleton<ShardEndedNotices>();
        services.AddSingleton<ShardRenewal>();
        services.AddHostedService(p => p.GetRequiredService<ShardRenewal>());
        services.AddHostedService(p => p.GetRequiredService<ShardEndedNotices>());
        services.AddHostedService<LineTimesReport>();
        services.AddHostedService<ShardDrain>();
        services.AddHealthChecks().AddCheck<RenewalHealthCheck>("shards", tags: ["ready"]);
    }
}

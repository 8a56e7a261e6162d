using Microsoft.Extensions.Options;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// From SIGTERM to exit: take nothing, finish the lines in flight within <see cref="WorkerOptions.DrainTimeout"/>, then
/// cancel them, commit what is finished and hand the shards back. Registered before the bus, so that it stops after it.
/// </summary>
internal sealed partial class ShardDrain(
    RunningShards shards,
    IHostApplicationLifetime lifetime,
    IOptions<WorkerOptions> options,
    ILogger<ShardDrain> logger) : IHostedService
{
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(2);

    private Task? _draining;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => _draining ??= DrainAsync());
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _draining ??= DrainAsync();

    private async Task DrainAsync()
    {
        shards.Drain();
        Log.Draining(logger, shards.All.Count);
        if (await shards.EmptyAsync(options.Value.DrainTimeout))
        {
            return;
        }

        foreach (var run in shards.All)
        {
            run.Abort();
        }

        if (!await shards.EmptyAsync(CommitPatience))
        {
            Log.GivenUp(logger, shards.All.Count);
            foreach (var run in shards.All)
            {
                run.GiveUp();
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Draining {Shards} shards")]
        public static partial void Draining(ILogger logger, int shards);

        [LoggerMessage(2, LogLevel.Warning, "{Shards} shards could not be handed back; others take them over")]
        public static partial void GivenUp(ILogger logger, int shards);
    }
}

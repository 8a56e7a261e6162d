using Sluice.BatchWorker;
using Sluice.ServiceDefaults.Health;

if (await HealthProbe.RunAsync(args) is { } healthy)
{
    return healthy;
}

await BatchWorkerHost.Build(args).RunAsync();
return 0;

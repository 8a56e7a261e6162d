using Sluice.Scheduler;
using Sluice.ServiceDefaults.Health;

if (await HealthProbe.RunAsync(args) is { } healthy)
{
    return healthy;
}

await SchedulerHost.Build(args).RunAsync();
return 0;

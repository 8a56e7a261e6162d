using Sluice.Streaming;
using Sluice.ServiceDefaults.Health;

if (await HealthProbe.RunAsync(args) is { } healthy)
{
    return healthy;
}

await StreamingHost.Build(args).RunAsync();
return 0;

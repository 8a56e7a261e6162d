using Sluice.Gateway;
using Sluice.ServiceDefaults.Health;

if (await HealthProbe.RunAsync(args) is { } healthy)
{
    return healthy;
}

await GatewayHost.Build(args).RunAsync();
return 0;

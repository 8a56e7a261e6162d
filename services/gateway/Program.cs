using Sluice.Gateway;

await GatewayHost.Build(args).RunAsync();

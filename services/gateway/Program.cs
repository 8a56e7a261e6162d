using Sluice.Gateway;
using Sluice.ServiceDefaults.Hosting;

return await ServiceProgram.RunAsync(args, GatewayHost.Build, blocksNoThread: true);

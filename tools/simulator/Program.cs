using Sluice.ServiceDefaults.Hosting;
using Sluice.Simulator;

SocketCompletions.Inline();
await SimulatorHost.Build(args).RunAsync();

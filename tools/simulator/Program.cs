using Sluice.Simulator;

await SimulatorHost.Build(args).RunAsync();

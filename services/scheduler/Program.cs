using Sluice.Scheduler;

await SchedulerHost.Build(args).RunAsync();

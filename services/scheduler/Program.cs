using Sluice.Scheduler;
using Sluice.ServiceDefaults.Hosting;

return await ServiceProgram.RunAsync(args, SchedulerHost.Build);

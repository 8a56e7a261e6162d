using Sluice.BatchWorker;
using Sluice.ServiceDefaults.Hosting;

return await ServiceProgram.RunAsync(args, BatchWorkerHost.Build);

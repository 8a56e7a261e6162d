using Sluice.BatchWorker;

await BatchWorkerHost.Build(args).RunAsync();

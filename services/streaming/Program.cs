using Sluice.Streaming;

await StreamingHost.Build(args).RunAsync();

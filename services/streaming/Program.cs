using Sluice.Streaming;
using Sluice.ServiceDefaults.Hosting;

return await ServiceProgram.RunAsync(args, StreamingHost.Build);

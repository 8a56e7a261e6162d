using System.CommandLine;
using Sluice.Bench.Batch;
using Sluice.Bench.Fanout;
using Sluice.Bench.Outbox;
using Sluice.Bench.Schedule;
using Sluice.Bench.Stream;
using Sluice.Bench.Takeover;

var root = new RootCommand("Benchmarks of Sluice, each with its peers in the same run.")
{
    BatchBench.Command(),
    OutboxBench.Command(),
    StreamBench.Command(),
    FanoutBench.Command(),
    ScheduleBench.Command(),
    TakeoverBench.Command(),
    BareProxy.Command(),
};
return await root.Parse(args).InvokeAsync();

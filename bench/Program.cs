using System.CommandLine;
using Sluice.Bench.Batch;

var root = new RootCommand("Benchmarks of Sluice, each with its peers in the same run.")
{
    BatchBench.Command(),
};
return await root.Parse(args).InvokeAsync();

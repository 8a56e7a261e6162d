using System.CommandLine;
using Sluice.LocalCluster.Commands;

Terminal.Configure();

// The library would end the process two seconds after a signal; a clean stop of everything may take longer.
return await RootCommands.Create().Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

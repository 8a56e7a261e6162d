using Sluice.LocalCluster.Commands;

Terminal.Configure();
return await RootCommands.Create().Parse(args).InvokeAsync();

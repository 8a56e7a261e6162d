using Sluice.LocalCluster.Commands;

return await RootCommands.Create().Parse(args).InvokeAsync();

using System.CommandLine;

namespace Sluice.LocalCluster.Commands;

internal static class RootCommands
{
    public static RootCommand Create() =>
        new("Runs Sluice, or only its servers, as child processes on this machine.")
        {
            RunCommand.Create(),
            ServersCommand.Create(),
        };
}

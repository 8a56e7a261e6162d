using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.LocalCluster.Commands;

/// <summary>Failures that a user can understand and act on: one message, no stack.</summary>
internal static class Failures
{
    public static bool IsExpected(Exception e) => e is ClusterRunningException or PortInUseException
        or ProcessNotReadyException or FileNotFoundException or InvalidOperationException or OperationCanceledException
        or HttpRequestException;

    public static int Report(Exception e)
    {
        if (e is OperationCanceledException)
        {
            AnsiConsole.WriteLine("stopped before everything was ready");
            return ExitCodes.Failed;
        }

        AnsiConsole.MarkupLineInterpolated($"[red]{e.Message}[/]");
        return e is ClusterRunningException ? ExitCodes.AlreadyRunning : ExitCodes.Failed;
    }
}

using System.Diagnostics;
using Sluice.LocalCluster.Services;

namespace Sluice.Tests.Integration.LocalCluster;

/// <summary>Runs the command-line program as <c>./run</c> does, on servers that the environment names.</summary>
internal sealed class CommandLine(string dataDirectory, IReadOnlyDictionary<string, string> environment)
{
    public async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        string[] line = [typeof(SluiceCluster).Assembly.Location, "run", "--data", dataDirectory, .. arguments];
        var info = new ProcessStartInfo(ServiceBinaries.DotNet, line)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment)
        {
            info.Environment[key] = value;
        }

        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}

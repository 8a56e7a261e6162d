using System.Diagnostics;
using System.Text;
using Sluice.LocalCluster.Services;

namespace Sluice.Tests.EndToEnd.Node;

/// <summary>
/// tests/node: installs its packages when they are missing, and runs its scenarios with its own Node 22.
/// </summary>
internal static class NodeProject
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private static readonly string s_directory = Path.Combine(ServiceBinaries.RepositoryRoot, "tests", "node");

    public static IEnumerable<string> Scenarios => Directory
        .EnumerateFiles(Path.Combine(s_directory, "scenarios"), "*.mjs")
        .Select(f => Path.GetFileNameWithoutExtension(f))
        .Order(StringComparer.Ordinal);

    private static string Node => Path.Combine(s_directory, "node_modules", ".bin", "node");

    /// <summary>
    /// Runs one scenario, its requests to the gateways in turn; its output is the message of a failure.
    /// </summary>
    public static async Task RunAsync(string scenario, IReadOnlyList<Uri> gateways, string key)
    {
        await Packages.Installed;
        List<string> urls = [.. gateways.Select(gateway => gateway.GetLeftPart(UriPartial.Authority))];
        await RunAsync(
            Node,
            [Path.Combine("scenarios", scenario + ".mjs")],
            new() { ["SLUICE_URL"] = urls[0], ["SLUICE_URLS"] = string.Join(',', urls), ["SLUICE_KEY"] = key });
    }

    /// <summary>Runs a module that stands nowhere, with the packages of the project; returns its output.</summary>
    public static async Task<string> RunScriptAsync(string module)
    {
        await Packages.Installed;
        return await RunAsync(Node, ["--input-type=module", "--eval", module], []);
    }

    private static Task InstallAsync() => Directory.Exists(Path.Combine(s_directory, "node_modules", "openai"))
        ? Task.CompletedTask
        : RunAsync("npm", ["ci", "--no-fund", "--no-audit"], []);

    /// <summary>
    /// Runs a program in the project's folder; returns its standard output. A failure shows that and its errors.
    /// </summary>
    public static async Task<string> RunAsync(
        string program, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = s_directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = new StringBuilder();
        var errors = new StringBuilder();
        process.OutputDataReceived += (_, line) => output.AppendLine(line.Data);
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var deadline = new CancellationTokenSource(s_patience);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"{program} {arguments[0]} did not end within {s_patience}:\n{errors}{output}", e);
        }

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{program} {arguments[0]} ended with {process.ExitCode}:\n{errors}{output}");
        }

        return output.ToString();
    }

    // Apart, so that listing the scenarios installs nothing; at the first use, once.
    private static class Packages
    {
        public static readonly Task Installed = InstallAsync();
    }
}

using System.Diagnostics;

namespace Sluice.Bench.Stream;

/// <summary>A .NET program as a child process; ends with the benchmark.</summary>
internal sealed class BenchProcess : IAsyncDisposable
{
    private static readonly string[] Alarms = ["warn", "fail", "crit", "error"];

    private readonly Process _process;

    private BenchProcess(Process process) => _process = process;

    /// <summary>CPU time used so far, user and system.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static BenchProcess Start(string assembly, params string[] arguments)
    {
        if (!File.Exists(assembly))
        {
            throw new FileNotFoundException($"{assembly} is not built: build the solution first (Release).", assembly);
        }

        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment.Remove(StreamBench.InlineCompletions);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{assembly} did not start.");
        process.OutputDataReceived += static (_, line) =>
        {
            if (line.Data is { } text && Alarms.Any(a => text.Contains(a, StringComparison.Ordinal)))
            {
                Console.Error.WriteLine(text);
            }
        };
        process.BeginOutputReadLine();
        return new BenchProcess(process);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

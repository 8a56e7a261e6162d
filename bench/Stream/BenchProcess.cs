using System.Diagnostics;

namespace Sluice.Bench.Stream;

/// <summary>A program as a child process; ends with the benchmark.</summary>
internal sealed class BenchProcess : IAsyncDisposable
{
    private static readonly string[] Alarms = ["warn", "fail", "crit", "error"];

    private readonly Process _process;

    private BenchProcess(Process process) => _process = process;

    /// <summary>CPU time used so far by it and its children, user and system.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return Children().Aggregate(_process.TotalProcessorTime, (sum, child) => sum + child.TotalProcessorTime);
        }
    }

    /// <summary>Memory that it and its children have resident; what they share counts for each.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 + Children().Sum(child => child.WorkingSet64);
        }
    }

    /// <summary>Starts a .NET program.</summary>
    public static BenchProcess Start(string assembly, params string[] arguments)
    {
        if (!File.Exists(assembly))
        {
            throw new FileNotFoundException($"{assembly} is not built: build the solution first (Release).", assembly);
        }

        return StartProgram("dotnet", [assembly, .. arguments]);
    }

    /// <summary>Starts any program.</summary>
    public static BenchProcess StartProgram(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment.Remove(StreamBench.InlineCompletions);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
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

    private IEnumerable<Process> Children() =>
        File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pid => Process.GetProcessById(int.Parse(pid)));
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Health;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>The main of every service.</summary>
public static partial class ServiceProgram
{
    /// <summary>sysexits' EX_CONFIG: starting it again would not help.</summary>
    public const int ConfigurationRefused = 78;

    /// <summary>sysexits' EX_SOFTWARE: a part failed as it was told to stop.</summary>
    public const int StopFailed = 70;

    private const string PooledArrays = "DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION";

    /// <summary>Runs the service until it is asked to stop, or its health probe.</summary>
    /// <param name="args">Configuration keys, or <c>--healthcheck</c>.</param>
    /// <param name="build">The host.</param>
    /// <param name="blocksNoThread">
    /// That no code of the process, libraries' included, ever blocks a thread: its sockets then complete inline. Not
    /// for one that has a database.
    /// </param>
    /// <returns>
    /// 0, or what the process wanted to end with; <see cref="StopFailed"/>; <see cref="ConfigurationRefused"/> with one
    /// line for each fault on standard error.
    /// </returns>
    public static async Task<int> RunAsync(
        string[] args, Func<string[], WebApplication> build, bool blocksNoThread = false)
    {
        ArgumentNullException.ThrowIfNull(build);
        KeepPooledArrays();
        if (blocksNoThread)
        {
            SocketCompletions.Inline();
        }
        else
        {
            SocketCompletions.Queue();
        }

        if (await HealthProbe.RunAsync(args) is { } healthy)
        {
            return healthy;
        }

        try
        {
            await using var app = build(args);
            return await RunAsync(app);
        }
        catch (Exception exception) when (Faults(exception) is { Length: > 0 } faults)
        {
            foreach (var fault in faults)
            {
                await Console.Error.WriteLineAsync($"configuration refused: {fault}");
            }

            return ConfigurationRefused;
        }
    }

    /// <summary>
    /// Runs it to its end. A part that throws as it is told to stop keeps no other from its end: by then the host has
    /// stopped all. (Npgsql throws out of the cancellation of a command whose connection breaks at that moment.)
    /// </summary>
    private static async Task<int> RunAsync(WebApplication app)
    {
        await app.StartAsync();
        try
        {
            await app.WaitForShutdownAsync();
            return Environment.ExitCode;
        }
        catch (Exception exception) when (app.Lifetime.ApplicationStopped.IsCancellationRequested)
        {
            Log.StopFailed(app.Logger, exception);
            return Environment.ExitCode == 0 ? StopFailed : Environment.ExitCode;
        }
    }

    /// <summary>
    /// Lets .NET's shared array pool keep 512 arrays of a size for each core instead of 32. Each stream on an HTTP/2
    /// connection holds one of 16 KiB while it runs: with 500 of them the pool ran dry and four fifths of what the
    /// gateway allocated were such arrays (<c>bench stream</c>, token latency p99 above direct: 14 ms before, 7 ms with
    /// it). .NET reads the variable once, at the pool's first use. One that is set already is kept.
    /// </summary>
    private static void KeepPooledArrays()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(PooledArrays)))
        {
            Environment.SetEnvironmentVariable(PooledArrays, "512");
        }
    }

    private static string[] Faults(Exception exception) => exception switch
    {
        OptionsValidationException options => [.. options.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Faults)],
        _ => [],
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A part of the service failed as it was told to stop; all have stopped")]
        public static partial void StopFailed(ILogger logger, Exception exception);
    }
}

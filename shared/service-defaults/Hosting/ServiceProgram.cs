using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Health;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>The main of every service.</summary>
public static class ServiceProgram
{
    /// <summary>sysexits' EX_CONFIG: starting it again would not help.</summary>
    public const int ConfigurationRefused = 78;

    /// <summary>Runs the service until it is asked to stop, or its health probe.</summary>
    /// <returns>
    /// 0, or what the process wanted to end with; <see cref="ConfigurationRefused"/> with one line for each fault on
    /// standard error.
    /// </returns>
    public static async Task<int> RunAsync(string[] args, Func<string[], WebApplication> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        if (await HealthProbe.RunAsync(args) is { } healthy)
        {
            return healthy;
        }

        try
        {
            await using var app = build(args);
            await app.RunAsync();
            return Environment.ExitCode;
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

    private static string[] Faults(Exception exception) => exception switch
    {
        OptionsValidationException options => [.. options.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Faults)],
        _ => [],
    };
}

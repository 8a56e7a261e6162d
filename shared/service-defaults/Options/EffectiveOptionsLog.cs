using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sluice.ServiceDefaults.Options;

/// <summary>Logs what the process really runs with, one line per section, once at start.</summary>
internal sealed partial class EffectiveOptionsLog(
    IEnumerable<RegisteredOptions> registered, IServiceProvider services, ILogger<EffectiveOptionsLog> logger)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var options in registered.DistinctBy(options => options.Section, StringComparer.OrdinalIgnoreCase))
        {
            Log.Effective(logger, options.Section, OptionsText.Of(options.Value(services)));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Section}: {Values}")]
        public static partial void Effective(ILogger logger, string section, string values);
    }
}

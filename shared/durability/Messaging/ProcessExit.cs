using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Durability.Messaging;

internal sealed partial class ProcessExit(
    IHostApplicationLifetime lifetime, IOptions<HostOptions> host, TimeProvider time, ILogger<ProcessExit> logger)
    : IProcessExit
{
    /// <summary>sysexits' EX_TEMPFAIL: start it again.</summary>
    public const int Code = 75;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public void Exit(string reason)
    {
        Log.Exiting(logger, reason);
        Environment.ExitCode = Code;
        lifetime.StopApplication();
        _ = EndForGoodAsync();
    }

    /// <summary>The bus that cannot recover may not be able to stop either.</summary>
    private async Task EndForGoodAsync()
    {
        await Task.Delay(host.Value.ShutdownTimeout + Grace, time);
        Environment.Exit(Code);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "The process ends itself to be started anew: {Reason}")]
        public static partial void Exiting(ILogger logger, string reason);
    }
}

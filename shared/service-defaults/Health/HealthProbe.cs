using Microsoft.Extensions.Configuration;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.ServiceDefaults.Health;

/// <summary>
/// The health check of a container whose image has neither a shell nor <c>curl</c>: the service's own program, started
/// with <c>--healthcheck</c>, asks the running process on its internal listener.
/// </summary>
public static class HealthProbe
{
    public const string Argument = "--healthcheck";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Null when <paramref name="args"/> do not ask for the probe. Else the exit code: 0 when <c>/healthz/ready</c>
    /// answers 200 within 3 seconds, 1 when it does not.
    /// </summary>
    public static async Task<int?> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (!args.Contains(Argument, StringComparer.Ordinal))
        {
            return null;
        }

        using var client = new HttpClient { Timeout = s_timeout };
        try
        {
            using var response = await client.GetAsync(Address(args));
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static Uri Address(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddCommandLine([.. args.Where(a => a != Argument)])
            .Build();
        var listener = configuration[$"{InternalOptions.Section}:{nameof(InternalOptions.Url)}"]
            ?? new InternalOptions().Url;

        // A listener on every address (0.0.0.0, [::], *) is asked on the loopback one.
        var port = new Uri(listener.Replace("*", "127.0.0.1", StringComparison.Ordinal)).Port;
        return new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", port, "/healthz/ready").Uri;
    }
}

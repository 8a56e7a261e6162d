using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sluice.BatchWorker;
using Sluice.Gateway;
using Sluice.Scheduler;
using Sluice.Streaming;

namespace Sluice.Tests.Unit.Deployment;

/// <summary>The four services by the name that folders, images and manifests use.</summary>
internal static class Services
{
    // Read by .NET, by the image or by a library, not by an options class of ours.
    private static readonly string[] s_foreign =
        ["DOTNET_ENVIRONMENT", "DOTNET_EnableDiagnostics", "MASSTRANSIT_USAGE_TELEMETRY"];

    private static readonly Dictionary<string, Func<string[], WebApplication>> s_hosts = new(StringComparer.Ordinal)
    {
        ["gateway"] = GatewayHost.Build,
        ["streaming"] = StreamingHost.Build,
        ["scheduler"] = SchedulerHost.Build,
        ["batch-worker"] = BatchWorkerHost.Build,
    };

    public static IReadOnlyCollection<string> Names => s_hosts.Keys;

    /// <summary>
    /// Builds the service with an environment, as its process would be, and lets it validate all its options. Every
    /// name must belong to a key that the service reads, or it would be silently without effect.
    /// </summary>
    public static async Task ValidateAsync(string service, IReadOnlyDictionary<string, string> environment)
    {
        var arguments = environment.Where(e => !s_foreign.Contains(e.Key, StringComparer.Ordinal))
            .Select(e => $"--{e.Key.Replace("__", ":", StringComparison.Ordinal)}={e.Value}")
            .Append("--environment=" + environment.GetValueOrDefault("DOTNET_ENVIRONMENT", "Production"));

        await using var app = s_hosts[service]([.. arguments]);
        app.Services.GetService<IStartupValidator>()?.Validate();

        var unread = environment.Keys.Except(s_foreign, StringComparer.Ordinal).Where(name => !IsRead(name));
        if (unread.FirstOrDefault() is { } first)
        {
            throw new InvalidOperationException($"{service} reads no {first}.");
        }
    }

    // Unknown keys of a bound section fail validation above; here it is about whole sections.
    private static bool IsRead(string name) => OptionsSections.All.Contains(name.Split("__")[0]);
}

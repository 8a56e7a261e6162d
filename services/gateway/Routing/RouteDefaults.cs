using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace Sluice.Gateway.Routing;

/// <summary>
/// The built-in routes (<c>routes.json</c>, embedded so that they hold in whatever folder the process runs) under every
/// other source of configuration.
/// </summary>
internal static class RouteDefaults
{
    private static readonly Dictionary<string, string> Addresses = new(StringComparer.Ordinal)
    {
        ["streaming"] = "http://streaming:8082",
        ["scheduler"] = "http://scheduler:8081",
    };

    public static void Add(ConfigurationManager configuration)
    {
        var sources = ((IConfigurationBuilder)configuration).Sources;

        // A default destination next to configured ones would be one more, and dead: it is added only alone.
        var missing = Addresses
            .Where(c => !configuration.GetSection($"ReverseProxy:Clusters:{c.Key}:Destinations").GetChildren().Any())
            .Select(c => KeyValuePair.Create(
                $"ReverseProxy:Clusters:{c.Key}:Destinations:default:Address", (string?)c.Value))
            .ToList();
        sources.Insert(0, new MemoryConfigurationSource { InitialData = missing });
        sources.Insert(0, new JsonStreamConfigurationSource
        {
            Stream = typeof(RouteDefaults).Assembly.GetManifestResourceStream("Sluice.Gateway.routes.json")
                ?? throw new InvalidOperationException("The built-in routes are not embedded."),
        });
    }
}

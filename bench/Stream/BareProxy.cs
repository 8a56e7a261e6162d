using System.CommandLine;
using Yarp.ReverseProxy.Configuration;

namespace Sluice.Bench.Stream;

/// <summary>The peer: YARP with one route and nothing else, as a process of its own.</summary>
internal static class BareProxy
{
    public static Command Command()
    {
        var urls = new Option<string>("--urls") { Required = true };
        var target = new Option<string>("--target") { Required = true };
        var command = new Command("stream-proxy", "A bare YARP, started by the stream benchmark.") { urls, target };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) =>
            RunAsync(parsed.GetRequiredValue(urls), parsed.GetRequiredValue(target), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string urls, string target, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder([$"--urls={urls}"]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var route = new RouteConfig
        {
            RouteId = "all",
            ClusterId = "target",
            Match = new RouteMatch { Path = "{**rest}" },
        };
        var cluster = new ClusterConfig
        {
            ClusterId = "target",
            Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = target } },
        };
        builder.Services.AddReverseProxy().LoadFromMemory([route], [cluster]);
        var app = builder.Build();
        app.MapReverseProxy();
        await app.RunAsync(cancellation);
        return 0;
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Gateway.Routing;
using Xunit;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Sluice.Tests.Unit.Gateway;

public sealed class LastKnownResolverTests
{
    [Fact]
    public async Task Every_address_becomes_a_destination_that_is_named_by_it_and_keeps_the_host()
    {
        await using var services = Services();
        var resolver = services.GetRequiredService<IDestinationResolver>();

        var resolved = await resolver.ResolveDestinationsAsync(Named("a", "http://localhost:8082"), default);

        resolved.Destinations["a[127.0.0.1]"].ShouldBe(
            new DestinationConfig { Address = "http://127.0.0.1:8082/", Host = "localhost:8082" });
        resolved.ChangeToken.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_address_stays_as_it_is_and_is_not_asked_again()
    {
        await using var services = Services();
        var resolver = services.GetRequiredService<IDestinationResolver>();
        var destinations = Named("a", "http://127.0.0.1:8082");

        var resolved = await resolver.ResolveDestinationsAsync(destinations, default);

        resolved.Destinations.ShouldBe(destinations);
        resolved.ChangeToken.ShouldBeNull();
    }

    [Fact]
    public async Task A_name_that_is_not_resolved_stays_a_name_beside_those_that_are_and_is_asked_again()
    {
        var dns = new Dns(("there", "10.0.0.1"));
        var resolver = Resolver(dns);
        var asked = Named("gone", "http://gone:1").Concat(Named("there", "http://there:1")).ToDictionary();

        var resolved = await resolver.ResolveDestinationsAsync(asked, default);

        resolved.Destinations.Keys.ShouldBe(["gone", "there[10.0.0.1]"], ignoreOrder: true);
        resolved.Destinations["gone"].ShouldBe(asked["gone"]);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        resolved.ChangeToken!.RegisterChangeCallback(_ => again.SetResult(), null);
        await again.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_name_keeps_the_addresses_it_had_while_it_cannot_be_resolved()
    {
        var dns = new Dns(("there", "10.0.0.1"), ("there", "10.0.0.2"));
        var resolver = Resolver(dns);
        var asked = Named("a", "http://there:1");
        await resolver.ResolveDestinationsAsync(asked, default);

        dns.Records = [];
        var during = await resolver.ResolveDestinationsAsync(asked, default);
        dns.Records = [("there", "10.0.0.3")];
        var after = await resolver.ResolveDestinationsAsync(asked, default);

        during.Destinations.Keys.ShouldBe(["a[10.0.0.1]", "a[10.0.0.2]"], ignoreOrder: true);
        after.Destinations.Keys.ShouldBe(["a[10.0.0.3]"]);
    }

    [Fact]
    public async Task A_name_server_that_is_silent_holds_nobody_up()
    {
        var dns = new Dns { Silent = true };

        var resolved = await Resolver(dns).ResolveDestinationsAsync(Named("a", "http://there:1"), default)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        resolved.Destinations.Keys.ShouldBe(["a"]);
    }

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        services.AddReverseProxy().LoadFromConfig(new ConfigurationBuilder().Build()).AddInstanceDiscovery();
        return services.BuildServiceProvider();
    }

    private static LastKnownResolver Resolver(Dns dns) => new(
        dns,
        Options.Create(new RoutingOptions
        {
            ResolvePeriod = TimeSpan.FromMilliseconds(100),
            ResolveTimeout = TimeSpan.FromMilliseconds(100),
        }),
        TimeProvider.System,
        NullLogger<LastKnownResolver>.Instance);

    private static Dictionary<string, DestinationConfig> Named(string id, string address) =>
        new(StringComparer.Ordinal) { [id] = new DestinationConfig { Address = address } };

    /// <summary>Answers as YARP's resolver does, and like it refuses all when one name is unknown.</summary>
    private sealed class Dns(params (string Host, string Address)[] records) : IDestinationResolver
    {
        public (string Host, string Address)[] Records { get; set; } = records;

        public bool Silent { get; init; }

        public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
            IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
        {
            if (Silent)
            {
                await new TaskCompletionSource().Task;
            }

            var found = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal);
            foreach (var (id, destination) in destinations)
            {
                var addresses = Records.Where(record => record.Host == new Uri(destination.Address).Host).ToList();
                addresses.ForEach(record => found.Add($"{id}[{record.Address}]", destination));
                if (addresses.Count == 0)
                {
                    throw new InvalidOperationException($"Failed to resolve host of '{id}'.");
                }
            }

            return new(found, changeToken: null);
        }
    }
}

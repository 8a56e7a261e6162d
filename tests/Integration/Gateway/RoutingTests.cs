using System.Net;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class RoutingTests : IAsyncLifetime
{
    private const string Completions = "/v1/chat/completions";
    private static readonly string[] s_names = ["a", "b", "c"];

    private readonly Dictionary<string, Upstream> _instances = new(StringComparer.Ordinal);
    private TestGateway _gateway = null!;
    private TestGateway _other = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var name in s_names)
        {
            _instances[name] = await Upstream.StartAsync(context =>
                context.Response.WriteAsync($"{name} {context.Request.Headers["X-Sluice-Response-Id"]}"));
        }

        string[] destinations =
        [
            .. _instances.Select(
                i => $"--ReverseProxy:Clusters:streaming:Destinations:{i.Key}:Address={i.Value.Address}"),
        ];
        _gateway = await TestGateway.StartAsync(destinations);
        _other = await TestGateway.StartAsync(destinations);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _other.DisposeAsync();
        foreach (var instance in _instances.Values)
        {
            await instance.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_read_goes_where_the_create_went_whichever_gateway_takes_it()
    {
        for (var i = 0; i < 20; i++)
        {
            var created = await _gateway.Client.PostAsync(Completions, new StringContent("{}"));
            var (instance, id) = Parse(await created.Content.ReadAsStringAsync());

            (await ReadAsync(_gateway, id)).ShouldBe(instance);
            (await ReadAsync(_other, $"{id}?stream=true&starting_after=-1")).ShouldBe(instance);
        }
    }

    [Fact]
    public async Task Responses_spread_over_the_instances_and_so_do_requests_without_an_id()
    {
        var responses = await PlacesAsync(_gateway, 120);
        var others = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            others.Add(Parse(await _gateway.Client.GetStringAsync("/v1/models")).Instance);
        }

        var shares = responses.CountBy(place => place.Value).ToList();
        shares.Count.ShouldBe(s_names.Length);
        shares.ShouldAllBe(share => share.Value > 20);
        others.Distinct(StringComparer.Ordinal).Count().ShouldBe(s_names.Length);
    }

    [Fact]
    public async Task An_instance_that_goes_away_moves_only_its_responses_and_refuses_none()
    {
        var before = await PlacesAsync(_gateway, 60);

        await _instances["b"].DisposeAsync();

        var after = await PlacesAsync(_gateway, 60);
        after.Where(place => before[place.Key] != "b").ShouldAllBe(place => place.Value == before[place.Key]);
        after.Where(place => before[place.Key] == "b").Select(place => place.Value).Distinct(StringComparer.Ordinal)
            .ShouldBe(["a", "c"], ignoreOrder: true);
        (await PlacesAsync(_other, 60)).ShouldBe(after, ignoreOrder: true);
    }

    [Fact]
    public async Task A_name_that_is_not_resolved_at_start_takes_only_its_own_cluster()
    {
        await using var gateway = await TestGateway.StartAsync(
            "--ReverseProxy:Clusters:streaming:Destinations:a:Address=http://nowhere.invalid:8082",
            $"--ReverseProxy:Clusters:scheduler:Destinations:a:Address={_instances["a"].Address}");

        var unresolved = await gateway.Client.GetAsync("/v1/models");

        (await Refusal.ReadAsync(unresolved, HttpStatusCode.ServiceUnavailable)).Code.ShouldBe("unavailable");
        unresolved.Headers.RetryAfter.ShouldNotBeNull();
        (await gateway.Client.GetAsync("/v1/batches")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_service_behind_a_name_is_told_the_name_as_host()
    {
        await using var service = await Upstream.StartAsync(context =>
            context.Response.WriteAsync(context.Request.Host.Value!));
        var address = new UriBuilder(service.Address) { Host = "localhost" }.Uri;
        await using var gateway = await TestGateway.StartAsync(
            $"--ReverseProxy:Clusters:streaming:Destinations:a:Address={address}");

        (await gateway.Client.GetStringAsync("/v1/models")).ShouldBe(address.Authority);
    }

    private static async Task<Dictionary<string, string>> PlacesAsync(TestGateway gateway, int count)
    {
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var id = $"chatcmpl-{i:x32}";
            places[id] = await ReadAsync(gateway, id);
        }

        return places;
    }

    private static async Task<string> ReadAsync(TestGateway gateway, string id) =>
        Parse(await gateway.Client.GetStringAsync($"{Completions}/{id}")).Instance;

    private static (string Instance, string Id) Parse(string answer) =>
        (answer.Split(' ')[0], answer.Split(' ')[1]);
}

using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Gateway.Identity;
using Sluice.Gateway.Routing;
using Xunit;
using Yarp.ReverseProxy.Model;

namespace Sluice.Tests.Unit.Gateway;

public sealed class ResponseIdPolicyTests
{
    private readonly ResponseIdPolicy _policy = new();

    [Fact]
    public void The_choice_is_the_same_in_every_process_and_release_and_in_any_order()
    {
        var destinations = Destinations("a", "b", "c", "d");

        var chosen = Ids(24).Select(id => Pick(id, destinations));
        var reversed = Ids(24).Select(id => Pick(id, [.. destinations.Reverse()]));

        // Pinned: during a rolling update gateways of two releases must agree.
        const string pinned = "aabbdbbaaadaabdbcccddbbd";
        string.Concat(chosen).ShouldBe(pinned);
        string.Concat(reversed).ShouldBe(pinned);
    }

    [Fact]
    public void Ids_spread_evenly_over_addresses_that_differ_in_one_digit()
    {
        var destinations = Destinations([.. Enumerable.Range(0, 10).Select(i => $"default[10.0.0.{i}]")]);

        var shares = Ids(10_000).CountBy(id => Pick(id, destinations)).ToList();

        // The standard deviation of a fair share is 30.
        shares.Count.ShouldBe(10);
        shares.ShouldAllBe(share => share.Value > 850 && share.Value < 1_150);
    }

    [Fact]
    public void A_destination_that_leaves_gives_its_ids_to_all_others_and_moves_no_other()
    {
        var destinations = Destinations("a", "b", "c", "d");
        var before = Ids(1_000).ToDictionary(id => id, id => Pick(id, destinations), StringComparer.Ordinal);

        var left = destinations[1..];
        var after = Ids(1_000).ToDictionary(id => id, id => Pick(id, left), StringComparer.Ordinal);

        var moved = after.Where(now => now.Value != before[now.Key]).ToList();
        moved.ShouldAllBe(now => before[now.Key] == "a");
        moved.CountBy(now => now.Value).ShouldAllBe(share => share.Value > moved.Count / 4);
    }

    [Fact]
    public void The_id_that_the_gateway_made_decides_like_the_id_of_a_later_read()
    {
        var destinations = Destinations("a", "b", "c", "d");

        foreach (var id in Ids(20))
        {
            var create = new DefaultHttpContext();
            create.Features.Set(new Admission("t", Rights.Inference, DateTimeOffset.UnixEpoch, id));

            _policy.PickDestination(create, new("c"), destinations)!.DestinationId.ShouldBe(Pick(id, destinations));
        }
    }

    [Fact]
    public void Without_an_id_every_destination_gets_its_share()
    {
        var destinations = Destinations("a", "b", "c");

        var chosen = Enumerable.Range(0, 200)
            .Select(_ => _policy.PickDestination(new DefaultHttpContext(), new("c"), destinations)!.DestinationId);

        chosen.Distinct(StringComparer.Ordinal).Count().ShouldBe(3);
    }

    [Fact]
    public void Nothing_available_is_nothing_chosen() =>
        _policy.PickDestination(new DefaultHttpContext(), new("c"), []).ShouldBeNull();

    private static DestinationState[] Destinations(params string[] ids) =>
        [.. ids.Select(id => new DestinationState(id))];

    private static IEnumerable<string> Ids(int count) => Enumerable.Range(0, count).Select(i => $"chatcmpl-{i:x32}");

    private string Pick(string id, DestinationState[] destinations)
    {
        var read = new DefaultHttpContext();
        read.Request.RouteValues["id"] = id;
        return _policy.PickDestination(read, new("c"), destinations)!.DestinationId;
    }
}

using Shouldly;
using Sluice.ServiceDefaults.Creations;
using Xunit;

namespace Sluice.Tests.Unit.ServiceDefaults;

public sealed class RetryMatchTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private readonly List<Made> _made = [];

    [Fact]
    public void A_first_request_makes_a_new_batch_each_time()
    {
        var first = Request(count: 0, at: 0);
        var second = Request(count: 0, at: 1);

        second.ShouldNotBe(first);
    }

    [Fact]
    public void Each_retry_finds_what_the_first_request_made()
    {
        var first = Request(count: 0, at: 0);

        Request(count: 1, at: 1).ShouldBe(first);
        Request(count: 2, at: 2).ShouldBe(first);
    }

    [Fact]
    public void A_retry_whose_first_request_never_arrived_makes_the_batch()
    {
        var made = Request(count: 1, at: 1);

        Request(count: 2, at: 2).ShouldBe(made);
    }

    [Fact]
    public void A_slow_first_request_finds_what_its_retry_made()
    {
        var made = Request(count: 1, at: 1);

        Request(count: 0, at: 0).ShouldBe(made);
    }

    [Fact]
    public void A_slow_retry_finds_what_a_later_retry_made()
    {
        var made = Request(count: 2, at: 2);

        Request(count: 1, at: 1).ShouldBe(made);
        Request(count: 0, at: 0).ShouldBe(made);
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void A_request_and_its_retries_find_one_batch_in_whatever_order_they_are_processed(params int[] order) =>
        order.Select(count => Request(count, at: count)).Distinct().ShouldHaveSingleItem();

    [Fact]
    public void A_first_request_after_a_retry_is_a_new_one()
    {
        var made = Request(count: 1, at: 1);

        Request(count: 0, at: 2).ShouldNotBe(made);
    }

    [Fact]
    public void A_slow_first_request_is_matched_once()
    {
        var made = Request(count: 1, at: 5);

        Request(count: 0, at: 0).ShouldBe(made);
        Request(count: 0, at: 1).ShouldNotBe(made);
    }

    [Fact]
    public void Two_clients_with_the_same_body_end_with_one_batch_each()
    {
        var a = Request(count: 0, at: 0);
        var b = Request(count: 0, at: 1);

        var first = Request(count: 1, at: 2);
        var second = Request(count: 1, at: 3);
        var third = Request(count: 2, at: 4);
        var fourth = Request(count: 2, at: 5);

        new[] { first, second }.ShouldBe([a, b], ignoreOrder: true);
        new[] { third, fourth }.ShouldBe([a, b], ignoreOrder: true);
    }

    [Fact]
    public void A_retry_does_not_take_what_a_request_received_after_it_made()
    {
        var other = Request(count: 0, at: 5);

        Request(count: 1, at: 4).ShouldNotBe(other);
    }

    private Guid Request(int count, int at)
    {
        var request = new CreationRequest("t", default, null, count, Start.AddSeconds(at));
        var found = RetryMatch.Find(request, _made, made => made.Answered);
        if (found is null)
        {
            found = new Made(Guid.NewGuid(), []);
            _made.Add(found);
        }

        found.Answered.Add((count, request.ReceivedAt));
        return found.Id;
    }

    private sealed record Made(Guid Id, List<(int Count, DateTimeOffset At)> Answered);
}

using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Flow;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.BatchWorker.Flow;

public sealed class ProviderFlowTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ManualTime _time = new();
    private readonly ProviderFlow _flow;

    public ProviderFlowTests() => _flow = new(
        new("p", 2, IsSpared: true),
        new()
        {
            OutageRun = 3,
            MaxErrorParks = 2,
            ParkFor = TimeSpan.FromSeconds(5),
            MaxParkFor = TimeSpan.FromSeconds(15),
        },
        new(_services.GetRequiredService<IMeterFactory>()),
        _time);

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Calls_past_the_bound_wait_for_a_place_in_their_order()
    {
        var first = await EnterAsync();
        await EnterAsync();
        var third = _flow.EnterAsync("l", ShardClass.Normal, default).AsTask();
        var fourth = _flow.EnterAsync("m", ShardClass.Normal, default).AsTask();
        third.IsCompleted.ShouldBeFalse();

        _flow.Leave(first, CallSignal.Success, null).ShouldBeFalse();

        (await third).ShouldNotBeNull();
        fourth.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_waiter_that_leaves_takes_no_place_with_it()
    {
        var place = await EnterAsync();
        await EnterAsync();
        using var leaves = new CancellationTokenSource();
        var left = _flow.EnterAsync("l", ShardClass.Normal, leaves.Token).AsTask();
        await leaves.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(left);

        _flow.Leave(place, CallSignal.Success, null);

        (await EnterAsync()).IsProbe.ShouldBeFalse();
    }

    [Fact]
    public async Task A_provider_whose_circuit_is_open_is_parked_and_grants_nothing()
    {
        var place = await EnterAsync();
        await EnterAsync();
        var (waiting, parked) = (_flow.EnterAsync("l", ShardClass.Normal, default).AsTask(), _flow.Parked);

        _flow.Leave(place, CallSignal.Down, TimeSpan.FromSeconds(1));

        (await waiting).ShouldBeNull();
        parked.IsCompleted.ShouldBeTrue();
        (await _flow.EnterAsync("other", ShardClass.Normal, default)).ShouldBeNull();
        _flow.Park.ShouldBe(new ProviderPark("p", "provider_down", TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task When_its_time_is_over_one_call_probes_it_and_its_success_brings_it_back()
    {
        _flow.Leave(await EnterAsync(), CallSignal.Quota, null);
        _time.Advance(TimeSpan.FromSeconds(5));

        var probe = await EnterAsync();
        probe.IsProbe.ShouldBeTrue();
        (await _flow.EnterAsync("other", ShardClass.Normal, default)).ShouldBeNull();
        _flow.Leave(probe, CallSignal.Success, null).ShouldBeTrue();

        (await EnterAsync()).IsProbe.ShouldBeFalse();
        _flow.Park.ShouldBeNull();
        _flow.Parked.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_probe_that_fails_parks_it_for_twice_as_long_up_to_the_bound()
    {
        _flow.Leave(await EnterAsync(), CallSignal.Down, null);
        foreach (var (wait, rest) in new[] { (5, 10), (10, 15), (15, 15) })
        {
            _time.Advance(TimeSpan.FromSeconds(wait));
            _flow.Leave(await EnterAsync($"line {wait} {rest}"), CallSignal.Outage, null);

            _flow.Park!.Rest.ShouldBe(TimeSpan.FromSeconds(rest));
        }
    }

    [Fact]
    public async Task A_probe_that_was_cancelled_lets_another_one_try()
    {
        _flow.Leave(await EnterAsync(), CallSignal.Down, null);
        _time.Advance(TimeSpan.FromSeconds(5));

        _flow.Leave(await EnterAsync("first"), CallSignal.None, null);

        (await EnterAsync("second")).IsProbe.ShouldBeTrue();
    }

    [Fact]
    public async Task Rate_limits_park_it_only_after_a_run_of_them()
    {
        await LimitedAsync();
        _time.Advance(TimeSpan.FromSeconds(29));
        await LimitedAsync();
        _flow.Leave(await EnterAsync(), CallSignal.Success, null);
        _time.Advance(TimeSpan.FromSeconds(29));
        await LimitedAsync();
        _flow.Park.ShouldBeNull();

        _time.Advance(TimeSpan.FromSeconds(30));
        await LimitedAsync();

        _flow.Park!.Cause.ShouldBe("provider_rate_limited");
    }

    [Fact]
    public async Task A_rate_limit_that_asks_for_a_long_pause_parks_it_for_that_long()
    {
        _flow.Leave(await EnterAsync(), CallSignal.Limited, TimeSpan.FromMinutes(20));

        _flow.Park!.Rest.ShouldBe(TimeSpan.FromMinutes(20));
    }

    [Fact]
    public async Task Another_process_may_say_that_it_is_back()
    {
        _flow.Leave(await EnterAsync(), CallSignal.Down, null);

        _flow.ProbeNow();

        (await EnterAsync()).IsProbe.ShouldBeTrue();
    }

    [Fact]
    public async Task Failures_in_a_row_mean_that_it_is_down()
    {
        _flow.Leave(await EnterAsync(), CallSignal.Outage, null);
        _flow.Leave(await EnterAsync(), CallSignal.Outage, null);
        _flow.Leave(await EnterAsync(), CallSignal.Success, null);
        _flow.Leave(await EnterAsync(), CallSignal.Outage, null);
        _flow.Leave(await EnterAsync(), CallSignal.Outage, null);
        _flow.Park.ShouldBeNull();

        _flow.Leave(await EnterAsync(), CallSignal.Outage, null);

        _flow.Park!.Cause.ShouldBe("provider_down");
    }

    [Fact]
    public async Task A_provider_that_only_answers_500_is_told_from_one_that_is_down()
    {
        foreach (var _ in Enumerable.Range(0, 3))
        {
            _flow.Leave(await EnterAsync(), CallSignal.Error, null);
        }

        _flow.Park!.Cause.ShouldBe(ShardReturn.Errors);
        _time.Advance(TimeSpan.FromSeconds(5));
        _flow.Leave(await EnterAsync("second"), CallSignal.Down, null);
        _flow.Park!.Cause.ShouldBe(ShardReturn.Errors);
        _time.Advance(TimeSpan.FromSeconds(10));
        _flow.Leave(await EnterAsync("third"), CallSignal.Outage, null);
        _flow.Park!.Cause.ShouldBe("provider_down");

        _time.Advance(TimeSpan.FromSeconds(15));
        _flow.Leave(await EnterAsync("fourth"), CallSignal.Alive, null).ShouldBeTrue();
    }

    [Fact]
    public async Task A_line_that_failed_as_a_probe_leaves_the_next_one_to_others()
    {
        _flow.Leave(await EnterAsync(), CallSignal.Down, null);
        _time.Advance(TimeSpan.FromSeconds(5));
        _flow.Leave(await EnterAsync("bad"), CallSignal.Outage, null);
        _time.Advance(TimeSpan.FromSeconds(10));

        (await _flow.EnterAsync("bad", ShardClass.Normal, default)).ShouldBeNull();
        var probe = await EnterAsync("good");

        _flow.Leave(probe, CallSignal.Success, null).ShouldBeTrue();
    }

    [Fact]
    public async Task A_line_that_failed_as_a_probe_tries_again_when_there_is_no_other()
    {
        _flow.Leave(await EnterAsync(), CallSignal.Down, null);
        _time.Advance(TimeSpan.FromSeconds(5));
        _flow.Leave(await EnterAsync("only"), CallSignal.Outage, null);
        _time.Advance(TimeSpan.FromSeconds(10));
        (await _flow.EnterAsync("only", ShardClass.Normal, default)).ShouldBeNull();

        _time.Advance(TimeSpan.FromSeconds(5));

        (await EnterAsync("only")).IsProbe.ShouldBeTrue();
    }

    [Fact]
    public async Task A_line_that_fails_for_good_with_nobody_answered_meanwhile_parks_it()
    {
        await FailAloneAsync("only");

        _flow.Park!.Cause.ShouldBe("provider_down");
        _flow.OwnsOutage("only").ShouldBeFalse();
    }

    [Fact]
    public async Task A_line_that_fails_for_good_while_calls_that_began_later_are_answered_is_to_blame_itself()
    {
        var failed = Failed("poison");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _flow.Leave(await EnterAsync("good"), CallSignal.Success, null);

        _flow.FailedAlone(failed, isUnreachable: true);

        _flow.Park.ShouldBeNull();
    }

    [Fact]
    public async Task A_line_parks_it_alone_only_so_often_if_others_are_answered_in_between()
    {
        await FailAloneAsync("poison");
        await BringBackAsync();
        _flow.OwnsOutage("poison").ShouldBeFalse();

        await FailAloneAsync("poison");
        await BringBackAsync();

        _flow.OwnsOutage("poison").ShouldBeTrue();
        _flow.OwnsOutage("good").ShouldBeFalse();
    }

    [Fact]
    public async Task A_line_parks_it_as_often_as_it_likes_if_nobody_is_answered()
    {
        await FailAloneAsync("only");
        foreach (var probe in Enumerable.Range(0, 10))
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            _flow.Leave(await EnterAsync("only"), CallSignal.Outage, null);
        }

        _flow.OwnsOutage("only").ShouldBeFalse();
        _flow.Park!.Cause.ShouldBe("provider_down");
    }

    [Fact]
    public async Task One_without_a_circuit_is_parked_by_a_line_alone_only_if_it_cannot_be_reached()
    {
        var bare = new ProviderFlow(
            new("bare", 2, IsSpared: false), new(), new(_services.GetRequiredService<IMeterFactory>()), _time);
        bare.FailedAlone(Failed("l"), isUnreachable: false);
        bare.Park.ShouldBeNull();

        bare.FailedAlone(Failed("l"), isUnreachable: true);

        bare.Park.ShouldNotBeNull();
        (await bare.EnterAsync("l", ShardClass.Normal, default)).ShouldBeNull();
    }

    private LineOutage Failed(string line) => new(line, _time.GetTimestamp());

    private async Task FailAloneAsync(string line)
    {
        var failed = Failed(line);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _flow.Leave(await EnterAsync(line), CallSignal.Outage, null);
        _flow.FailedAlone(failed, isUnreachable: false);
    }

    private async Task BringBackAsync()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        _flow.Leave(await EnterAsync("good"), CallSignal.Success, null).ShouldBeTrue();
    }

    private async Task LimitedAsync() => _flow.Leave(await EnterAsync(), CallSignal.Limited, null);

    private async Task<CallPlace> EnterAsync(string line = "line") =>
        (await _flow.EnterAsync(line, ShardClass.Normal, default)).ShouldNotBeNull();
}

using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Batches.Priorities;
using Sluice.Scheduler.Dispatch;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class DispatchOrderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private static readonly TimeSpan Step = TimeSpan.FromHours(1);

    private readonly DispatchOrder _order = new(Step, quantum: 100, tenant => tenant == "heavy" ? 2 : 1);

    [Fact]
    public void A_batch_alone_gets_every_place() => Plan(4, Batch('A')).ShouldBe("AAAA");

    [Fact]
    public void A_batch_gets_no_more_than_it_has() => Plan(32, Batch('A', ready: 3)).ShouldBe("AAA");

    [Fact]
    public void Batches_of_a_tenant_take_turns_and_the_oldest_begins() =>
        Plan(5, Batch('A', age: 1), Batch('B', age: 2)).ShouldBe("BABAB");

    [Fact]
    public void Turns_go_on_where_the_last_plan_stopped()
    {
        DispatchCandidate[] batches = [Batch('A', age: 3), Batch('B', age: 2), Batch('C', age: 1)];

        Plan(2, batches).ShouldBe("AB");
        Plan(2, batches).ShouldBe("CA");
        Plan(4, batches).ShouldBe("BCAB");
    }

    [Fact]
    public void What_a_small_batch_leaves_goes_to_the_others() =>
        Plan(9, Batch('A', age: 3, ready: 1), Batch('B', age: 2), Batch('C', age: 1)).ShouldBe("ABCBCBCBC");

    [Fact]
    public void Turns_are_counted_in_lines()
    {
        Plan(9, Batch('A', age: 2) with { ShardLines = 50 }, Batch('B', age: 1)).ShouldBe("AABAABAAB");
        Plan(6, Batch('C', age: 2) with { ShardLines = 250 }, Batch('D', age: 1)).ShouldBe("DDCDDC");
    }

    [Fact]
    public void Each_shard_is_charged_with_its_own_lines()
    {
        var pieces = Batch('A', age: 2) with { ReadyLines = [100, 20, 20, 20, 20, 20, 50, 50], Ready = 9 };
        Plan(12, pieces, Batch('B', age: 1)).ShouldBe("ABAAAAABAABA");

        var other = Batch('C', age: 2, tenant: "other") with { ReadyLines = [25, 25, 25, 25, 0], Ready = 5 };
        Plan(6, other, Batch('D', age: 1)).ShouldBe("CCCCDC");
    }

    [Fact]
    public void Tenants_share_whatever_the_number_of_their_batches() =>
        Plan(8, Batch('A', age: 9), Batch('B', age: 8), Batch('C', age: 7), Batch('Z', age: 1, tenant: "other"))
            .ShouldBe("AZBZCZAZ");

    [Fact]
    public void A_tenant_of_twice_the_weight_gets_twice_the_lines() =>
        Plan(9, Batch('A', age: 2, tenant: "heavy"), Batch('B', age: 1)).ShouldBe("AABAABAAB");

    [Fact]
    public void Who_had_nothing_to_do_has_not_saved_anything()
    {
        Plan(6, Batch('A', age: 2), Batch('B', age: 1, tenant: "other")).ShouldBe("ABABAB");
        Plan(6, Batch('A', age: 2)).ShouldBe("AAAAAA");
        Plan(6, Batch('A', age: 2), Batch('B', age: 1, tenant: "other")).ShouldBe("BABABA");
    }

    [Fact]
    public void Classes_go_one_after_the_other() =>
        Plan(
            8,
            Batch('L', ready: 2, priority: 35, age: 9),
            Batch('N', ready: 2, age: 8),
            Batch('H', ready: 2, priority: 15),
            Batch('C', ready: 2, priority: 5))
            .ShouldBe("CCHHNNLL");

    [Fact]
    public void A_number_orders_a_tenant_s_batches_and_not_the_tenants() =>
        Plan(6, Batch('A', ready: 2, priority: 27), Batch('B', ready: 2, priority: 21), Batch('Z', 1, tenant: "other"))
            .ShouldBe("BZBZAZ");

    [Fact]
    public void Batches_at_risk_go_first_in_their_class_by_deadline() =>
        Plan(
            7,
            Batch('A', age: 9),
            Batch('B', ready: 2) with { IsAtRisk = true, Deadline = Now.AddHours(2) },
            Batch('C', ready: 2, tenant: "other") with { IsAtRisk = true, Deadline = Now.AddHours(1) },
            Batch('H', ready: 1, priority: 15))
            .ShouldBe("HCCBBAA");

    [Theory]
    [InlineData(0, ShardClass.Low)]
    [InlineData(59, ShardClass.Low)]
    [InlineData(60, ShardClass.Normal)]
    [InlineData(120, ShardClass.High)]
    [InlineData(180, ShardClass.Critical)]
    [InlineData(100_000, ShardClass.Critical)]
    public void Each_step_waited_raises_one_class(int minutes, ShardClass expected)
    {
        var batch = Batch('A', priority: 33) with { ServedAt = Now.AddMinutes(-minutes) };

        Grants(1, batch).ShouldHaveSingleItem().Class.ShouldBe(expected);
        batch.PriorityAt(Now, Step).Number.ShouldBe(((int)expected * 10) + 3);
    }

    [Fact]
    public void Waiting_adds_up_but_the_time_at_work_does_not()
    {
        var batch = Batch('A') with { Waited = TimeSpan.FromMinutes(40), ServedAt = Now.AddMinutes(-30) };

        batch.WaitedAt(Now, Step).ShouldBe(TimeSpan.FromMinutes(70));
        (batch with { Outstanding = 1 }).WaitedAt(Now, Step).ShouldBe(TimeSpan.FromMinutes(40));
        (batch with { ServedAt = Now.AddSeconds(-59) }).WaitedAt(Now, Step).ShouldBe(TimeSpan.FromMinutes(40));
        var second = TimeSpan.FromSeconds(1);
        batch.WaitedAt(Now, second).ShouldBe(TimeSpan.FromMinutes(70));
        (batch with { ServedAt = Now.AddSeconds(-0.9) }).WaitedAt(Now, second).ShouldBe(TimeSpan.FromMinutes(40));
        (batch with { ServedAt = Now.AddHours(5) }).PriorityAt(Now, Step).ShouldBe(BatchPriority.Normal);
    }

    [Fact]
    public void An_aged_batch_goes_before_a_newer_one_of_its_old_class() =>
        Plan(4, Batch('N', priority: 25), Batch('L', priority: 35) with { ServedAt = Now.AddHours(-2) })
            .ShouldBe("LLLL");

    [Fact]
    public void Work_of_lower_classes_takes_no_place_of_a_higher_one()
    {
        var busy = new DispatchPlaces(8, new Dictionary<ShardClass, int> { [ShardClass.Normal] = 8 });

        var grants = _order.Plan([Batch('C', ready: 3, priority: 5), Batch('N'), Batch('L', priority: 35)], busy, Now);

        grants.ShouldBe([new(Id('C'), 3, ShardClass.Critical)]);
    }

    [Fact]
    public void Work_of_higher_classes_takes_places_of_the_lower_ones()
    {
        var busy = new DispatchPlaces(8, new Dictionary<ShardClass, int> { [ShardClass.Critical] = 5 });

        Letters(_order.Plan([Batch('H', ready: 1, priority: 15), Batch('N')], busy, Now)).ShouldBe("HNN");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Without_places_nothing_is_planned(int places) => Plan(places, Batch('A')).ShouldBeEmpty();

    [Fact]
    public void Batches_without_ready_shards_and_paused_ones_are_passed_over() =>
        Plan(5, Batch('A', ready: 0) with { Outstanding = 4 }, Batch('B') with { IsPaused = true }).ShouldBeEmpty();

    private static DispatchCandidate Batch(
        char id, int age = 1, int ready = 100, int priority = 25, string tenant = "acme") => new()
        {
            BatchId = Id(id),
            Tenant = tenant,
            Priority = new(priority),
            CreatedAt = Now.AddMinutes(-age),
            ServedAt = Now,
            Ready = ready,
        };

    private static Guid Id(char letter) => new(letter, 0, 0, new byte[8]);

    private static string Letters(IEnumerable<DispatchGrant> grants) =>
        string.Concat(grants.Select(g => new string((char)g.BatchId.ToByteArray()[0], g.Shards)));

    private IReadOnlyList<DispatchGrant> Grants(int places, params DispatchCandidate[] batches) =>
        _order.Plan(batches, new(places, new Dictionary<ShardClass, int>()), Now);

    /// <summary>The letters of the batches whose shards get the places, in their order.</summary>
    private string Plan(int places, params DispatchCandidate[] batches) => Letters(Grants(places, batches));
}

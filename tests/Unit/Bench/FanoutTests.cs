using Shouldly;
using Sluice.Bench.Fanout;
using Sluice.Bench.Stream;
using Xunit;

namespace Sluice.Tests.Unit.Bench;

public sealed class FanoutTests
{
    [Fact]
    public void The_gauge_is_read_among_other_metrics() => StreamingGauge.Readers(
        """
        # TYPE sluice_readers_active gauge
        sluice_readers_active_other 3
        sluice_readers_active 1001
        sluice_responses_active 1
        """).ShouldBe(1_001);

    [Fact]
    public void Metrics_without_the_gauge_are_no_readers() => StreamingGauge.Readers("").ShouldBe(0);

    [Fact]
    public void A_script_lasts_from_its_opening_to_its_last_event() =>
        new FanoutScript(51, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(3)).Duration
            .ShouldBe(TimeSpan.FromSeconds(4));

    [Fact]
    public void The_highest_rate_is_the_best_of_those_that_readers_kept_up_with()
    {
        var slow = Result(perSecond: 1_000, p99Ms: 5);
        var fast = Result(perSecond: 4_000, p99Ms: 900);
        var late = Result(perSecond: 9_000, p99Ms: 1_500);
        var lossy = Result(perSecond: 8_000, p99Ms: 5, incomplete: 1);

        FanoutRun.Highest([slow, fast, late, lossy]).ShouldBe(fast);
        FanoutRun.Highest([late, lossy]).ShouldBeNull();
    }

    [Fact]
    public void Readers_that_did_not_come_to_the_end_are_incomplete()
    {
        var result = FanoutResult.Of([new FanoutReader(), new FanoutReader()], events: 10);

        result.Incomplete.ShouldBe(2);
        result.Rate.ShouldBe(0);
    }

    [Fact]
    public void As_good_as_the_peer_reaches_every_target()
    {
        var peer = Figures("peer", p99Ms: 10, perSecond: 1_000);

        var verdicts = FanoutTargets.Judge(
            peer, Figures("direct", 10, 1_000, lateMs: 100, idle: 40 << 10), Figures("gateway", 10, 500, lateMs: 100));

        verdicts.Where(verdict => !verdict.IsReached).ShouldBeEmpty();
    }

    [Fact]
    public void Each_shortfall_is_one_missed_target()
    {
        var peer = Figures("peer", p99Ms: 10, perSecond: 1_000);

        var missed = FanoutTargets.Judge(
                peer,
                Figures("direct", 11, 900, lateMs: 101, idle: 41 << 10),
                Figures("gateway", 11, 400, lateMs: 101, incomplete: 1))
            .Where(verdict => !verdict.IsReached).Select(verdict => verdict.Text).ToList();

        missed.Count.ShouldBe(8);
        missed.ShouldContain("direct: p99 1.10 of the peer's (target 1.00 or less)");
        missed.ShouldContain("gateway: highest rate 0.40 of the peer's (target 0.50 or more)");
        missed.ShouldContain("direct: idle reader 41.0 KiB (target 40 or less)");
    }

    [Fact]
    public void The_round_in_the_middle_counts_with_what_was_lost_in_all()
    {
        var rounds = new[] { (30, 0), (10, 2), (20, 1) }
            .Select(round => new FanoutRound(Result(1, round.Item1, round.Item2), round.Item1)).ToList();

        var median = FanoutRound.Median(rounds);

        (median.Result.Latencies.Percentile(99), median.CpuMicroseconds).ShouldBe((20, 20));
        median.Result.Incomplete.ShouldBe(3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_peer_writes_to_its_own_folder_and_names_a_user_only_as_root(bool isRoot)
    {
        var text = NginxConfig.Text(
            new Uri("http://127.0.0.1:15001/"),
            new Uri("http://127.0.0.1:15002/"),
            new Uri("http://127.0.0.1:15003/"),
            "/tmp/nchan-test",
            isRoot);

        text.ShouldContain("listen 127.0.0.1:15001 ");
        text.ShouldContain("listen 127.0.0.1:15002 ");
        text.ShouldContain("proxy_pass http://127.0.0.1:15003;");
        text.ShouldContain("pid /tmp/nchan-test/nginx.pid;");
        text.Contains("user root;", StringComparison.Ordinal).ShouldBe(isRoot);
    }

    private static FanoutFigures Figures(
        string way, int p99Ms, int perSecond, double lateMs = 0, double? idle = null, int incomplete = 0)
    {
        var result = Result(perSecond, p99Ms, incomplete);
        return new FanoutFigures(
            way, new FanoutRound(result, CpuMicroseconds: 5), result with { Incomplete = 0 }, lateMs, idle);
    }

    private static FanoutResult Result(int perSecond, int p99Ms, int incomplete = 0) => new(
        new Latencies(Enumerable.Repeat(p99Ms * 1_000L, perSecond)), 10, incomplete, TimeSpan.FromSeconds(1));
}

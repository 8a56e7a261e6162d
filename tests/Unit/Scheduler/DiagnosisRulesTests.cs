using Shouldly;
using Sluice.Scheduler.Diagnosis;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class DiagnosisRulesTests
{
    private static readonly BatchFacts Healthy = new()
    {
        State = "InProgress",
        AgeSeconds = 100,
        RunningSeconds = 50,
        InputBytes = 1000,
        Lines = 1000,
        Completed = 200,
        Failed = 0,
        Ready = 4,
        Dispatched = 2,
        Running = 2,
        Suspects = 0,
        Retries = 0,
        LineRetries = 0,
        LimitedCalls = 0,
        UncleanEnds = 0,
        TrialEnds = 0,
        HigherOutstanding = 0,
        OldestDispatchedSeconds = 1,
        OldestRunningSeconds = 3,
        Workers = 2,
        OthersOutstanding = 0,
        EndedLastMinute = 7,
    };

    [Fact]
    public void One_that_gets_on_is_told_with_its_rate()
    {
        var finding = DiagnosisRules.Find(Healthy).ShouldHaveSingleItem();

        finding.Code.ShouldBe("running");
        finding.Severity.ShouldBe(Finding.Info);
        finding.Evidence["lines_per_second"]!.GetValue<double>().ShouldBe(4);
    }

    [Fact]
    public void What_stops_it_comes_before_what_slows_it()
    {
        var findings = DiagnosisRules.Find(Healthy with { Workers = 0, Suspects = 2, UncleanEnds = 1, Failed = 100 });

        findings.Select(f => f.Code).ShouldBe(["no_worker", "owner_silent", "workers_die", "lines_fail"]);
    }

    [Fact]
    public void A_pause_and_a_deadline_at_risk_are_told()
    {
        Codes(Healthy with { PausedSeconds = 5, Dispatched = 0, Running = 0, OthersOutstanding = 3 })
            .ShouldBe(["paused"]);
        Codes(Healthy with { AtRiskSeconds = 1, DeadlineSeconds = 90 }).ShouldBe(["deadline_at_risk"]);
        Codes(Healthy with { State = "Expiring" }).ShouldBe(["finalizing"]);
    }

    [Fact]
    public void Messages_that_nobody_takes_are_not_taken_for_slow_lines()
    {
        Codes(Healthy with { Running = 0, OldestDispatchedSeconds = 11 }).ShouldBe(["not_taken"]);
        Codes(Healthy with { Running = 0, OldestDispatchedSeconds = 9 }).ShouldBe(["running"]);
        Codes(Healthy with { OldestDispatchedSeconds = 11 }).ShouldBe(["running"]);
    }

    [Theory]
    [InlineData("provider_down", "circuit_open")]
    [InlineData("provider_errors", "provider_errors")]
    [InlineData("provider_rate_limited", "rate_limited")]
    [InlineData("provider_quota", "quota")]
    [InlineData("error", "shards_fail")]
    public void Shards_that_wait_for_a_provider_say_so_and_whether_others_run(string cause, string code)
    {
        var waiting = Healthy with { Waiting = [new(cause, 3, 12.5)] };

        var held = DiagnosisRules.Find(waiting).ShouldHaveSingleItem();
        var stopped = DiagnosisRules.Find(waiting with { Dispatched = 0, Running = 0 }).ShouldHaveSingleItem();

        held.Code.ShouldBe(code);
        held.Severity.ShouldBe(Finding.Warning);
        held.Evidence["waiting_shards"]!.GetValue<int>().ShouldBe(3);
        held.Evidence["next_try_in"]!.GetValue<double>().ShouldBe(12.5);
        stopped.Severity.ShouldBe(Finding.Critical);
    }

    [Fact]
    public void Calls_that_were_refused_lately_are_told_once()
    {
        var limited = Healthy with { LimitedCalls = 9, LimitedSeconds = 2.5 };

        var finding = DiagnosisRules.Find(limited).ShouldHaveSingleItem();

        finding.Code.ShouldBe("rate_limited");
        finding.Severity.ShouldBe(Finding.Warning);
        finding.Evidence["limited_calls"]!.GetValue<int>().ShouldBe(9);
        finding.Evidence["last_limited"]!.GetValue<double>().ShouldBe(2.5);
        Codes(limited with { LimitedSeconds = 61 }).ShouldBe(["running"]);
        Codes(limited with { Waiting = [new("provider_rate_limited", 3, 12.5)] }).ShouldBe(["rate_limited"]);
        Codes(limited with { Waiting = [new("provider_quota", 3, 12.5)] }).ShouldBe(["quota", "rate_limited"]);
    }

    [Fact]
    public void Lines_that_kill_and_lines_that_are_tried_again_are_told()
    {
        Codes(Healthy with { TrialLine = 17, UncleanEnds = 2 }).ShouldBe(["poison_line", "workers_die"]);
        Codes(Healthy with { LineRetries = 4, LineRetryCause = "upstream_error" }).ShouldBe(["lines_retried"]);
        Codes(Healthy with { Retries = 1 }).ShouldBe(["shards_retried"]);
    }

    [Fact]
    public void One_whose_shards_all_wait_waits_behind_others_if_there_are_any()
    {
        var waiting = Healthy with { Dispatched = 0, Running = 0 };

        Codes(waiting with { OthersOutstanding = 3 }).ShouldBe(["waiting_behind"]);
        Codes(waiting with { OthersOutstanding = 3, HigherOutstanding = 1 }).ShouldBe(["waiting_behind_priority"]);
        Codes(waiting).ShouldBe(["running"]);
    }

    [Theory]
    [InlineData("Validating", 59, "validating")]
    [InlineData("Validating", 61, "validation_slow")]
    [InlineData("Finalizing", 0, "finalizing")]
    [InlineData("Cancelling", 0, "finalizing")]
    [InlineData("Completed", 0, "ended")]
    [InlineData("Failed", 0, "ended")]
    [InlineData("Cancelled", 0, "ended")]
    public void Before_and_after_it_runs_its_state_is_the_reason(string state, double age, string code) =>
        Codes(Healthy with { State = state, AgeSeconds = age, Workers = 0 }).ShouldBe([code]);

    private static IEnumerable<string> Codes(BatchFacts facts) => DiagnosisRules.Find(facts).Select(f => f.Code);
}

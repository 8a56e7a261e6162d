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
        var findings = DiagnosisRules.Find(Healthy with { Workers = 0, Suspects = 2, Retries = 1, Failed = 100 });

        findings.Select(f => f.Code).ShouldBe(["no_worker", "owner_silent", "shards_retried", "lines_fail"]);
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

    [Fact]
    public void One_whose_shards_all_wait_waits_behind_others_if_there_are_any()
    {
        var waiting = Healthy with { Dispatched = 0, Running = 0 };

        Codes(waiting with { OthersOutstanding = 3 }).ShouldBe(["waiting_behind"]);
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

using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.BatchWorker;
using Sluice.BatchWorker.Lines;
using Sluice.Inference.Providers;
using Xunit;

namespace Sluice.Tests.Unit.BatchWorker;

public sealed class LineRetryTests
{
    private static readonly WorkerOptions Settings = new()
    {
        MaxAttempts = 3,
        RetryDelay = TimeSpan.FromSeconds(1),
        MaxRetryDelay = TimeSpan.FromSeconds(3),
        RateLimitedFor = TimeSpan.FromSeconds(30),
    };

    private readonly LineRetry _retry = new(Options.Create(Settings));
    private LineAttempts _attempts;

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(422)]
    public void A_refusal_of_the_request_is_final(int status)
    {
        Next(new() { Status = status }).ShouldBeNull();
    }

    [Theory]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(503)]
    public void A_failing_provider_is_tried_again_until_the_attempts_are_used_up(int status)
    {
        Next(new() { Status = status }).ShouldNotBeNull();
        Next(new() { Status = status }).ShouldNotBeNull();
        Next(new() { Status = status }).ShouldBeNull();
    }

    [Theory]
    [InlineData(ModelFailureKind.Unreachable)]
    [InlineData(ModelFailureKind.TimedOut)]
    [InlineData(ModelFailureKind.Cut)]
    [InlineData(ModelFailureKind.Garbage)]
    public void No_answer_is_tried_again(ModelFailureKind kind)
    {
        Next(Failed(kind)).ShouldNotBeNull();
    }

    [Fact]
    public void A_line_may_ask_for_its_own_number_of_attempts()
    {
        _attempts = new(TimeSpan.Zero, Allowed: 1);

        Next(new() { Status = 500 }).ShouldBeNull();
    }

    [Fact]
    public void A_failure_that_would_come_again_is_final()
    {
        Next(new() { Failure = new(ModelFailureKind.Garbage, "It is too large.") { IsFinal = true } }).ShouldBeNull();
    }

    [Fact]
    public void The_back_off_doubles_up_to_its_bound_with_jitter()
    {
        var retry = new LineRetry(Options.Create(new WorkerOptions
        {
            MaxAttempts = 10,
            RetryDelay = Settings.RetryDelay,
            MaxRetryDelay = Settings.MaxRetryDelay,
        }));

        var waits = Enumerable.Range(0, 5)
            .Select(_ => retry.Next(new() { Status = 500 }, ref _attempts, default)!.Value.TotalSeconds).ToList();

        waits[0].ShouldBeInRange(0.5, 1);
        waits[1].ShouldBeInRange(1, 2);
        waits[2].ShouldBeInRange(1.5, 3);
        waits[4].ShouldBeInRange(1.5, 3);
    }

    [Fact]
    public void A_rate_limit_waits_as_long_as_asked_and_costs_no_attempt()
    {
        var limited = new ModelAnswer { Status = 429, RetryAfter = TimeSpan.FromSeconds(2) };
        for (var seconds = 0; seconds < 20; seconds += 2)
        {
            Next(limited, seconds).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(2, 2.3);
        }

        _attempts.Failed.ShouldBe(0);
    }

    [Fact]
    public void Rate_limits_without_another_answer_in_between_are_waited_for_here_up_to_their_bound()
    {
        var limited = new ModelAnswer { Status = 429, RetryAfter = TimeSpan.FromSeconds(10) };
        Next(limited, 100).ShouldNotBeNull();
        Next(limited, 110).ShouldNotBeNull();
        Next(limited, 125).ShouldBeNull();
        LineRetry.IsLimit(limited).ShouldBeTrue();
    }

    [Fact]
    public void Another_answer_ends_a_run_of_rate_limits()
    {
        var limited = new ModelAnswer { Status = 429, RetryAfter = TimeSpan.FromSeconds(10) };
        Next(limited, 100).ShouldNotBeNull();
        Next(new() { Status = 500 }, 115).ShouldNotBeNull();
        Next(limited, 125).ShouldNotBeNull();
    }

    [Fact]
    public void A_provider_that_asks_for_more_patience_than_there_is_is_not_waited_for()
    {
        Next(new() { Status = 429, RetryAfter = TimeSpan.FromHours(1) }).ShouldBeNull();
        Next(new() { Status = 503, RetryAfter = TimeSpan.FromHours(1) }).ShouldBeNull();
    }

    [Fact]
    public void No_attempt_begins_long_after_the_first()
    {
        var retry = new LineRetry(Options.Create(new WorkerOptions { RetryFor = TimeSpan.FromMinutes(5) }));
        var hung = Failed(ModelFailureKind.TimedOut);

        retry.Next(hung, ref _attempts, TimeSpan.FromMinutes(4)).ShouldNotBeNull();
        retry.Next(hung, ref _attempts, TimeSpan.FromMinutes(6)).ShouldBeNull();
    }

    [Fact]
    public void A_first_delay_above_the_longest_is_refused()
    {
        var result = new WorkerOptionsValidator().Validate(null, new() { RetryDelay = TimeSpan.FromSeconds(40) });

        result.Failures.ShouldNotBeNull().ShouldHaveSingleItem().ShouldContain("Worker:MaxRetryDelay");
    }

    [Fact]
    public void A_full_provider_costs_no_attempt()
    {
        for (var i = 0; i < 10; i++)
        {
            Next(Failed(ModelFailureKind.Full)).ShouldNotBeNull();
        }
    }

    private static ModelAnswer Failed(ModelFailureKind kind) => new() { Failure = new(kind, "It failed.") };

    private TimeSpan? Next(ModelAnswer answer, double seconds = 0) =>
        _retry.Next(answer, ref _attempts, TimeSpan.FromSeconds(seconds));
}

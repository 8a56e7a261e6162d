using System.Text;
using Shouldly;
using Sluice.BatchWorker.Flow;
using Sluice.Inference.Providers;
using Xunit;

namespace Sluice.Tests.Unit.BatchWorker.Flow;

public sealed class CallSignalsTests
{
    [Theory]
    [InlineData(200, "", nameof(CallSignal.Success))]
    [InlineData(400, "", nameof(CallSignal.Alive))]
    [InlineData(402, "", nameof(CallSignal.Quota))]
    [InlineData(408, "", nameof(CallSignal.Outage))]
    [InlineData(429, "", nameof(CallSignal.Limited))]
    [InlineData(429, """{"error":{"code":"rate_limit_exceeded","type":"tokens"}}""", nameof(CallSignal.Limited))]
    [InlineData(429, """{"error":{"code":"insufficient_quota"}}""", nameof(CallSignal.Quota))]
    [InlineData(429, """{"error":{"type":"insufficient_quota","code":null}}""", nameof(CallSignal.Quota))]
    [InlineData(429, """{"error":"insufficient_quota"}""", nameof(CallSignal.Limited))]
    [InlineData(429, "[1", nameof(CallSignal.Limited))]
    [InlineData(429, """{"error":{"code":"insufficient_\ud800"}}""", nameof(CallSignal.Limited))]
    [InlineData(429, """{"\ud800":1}""", nameof(CallSignal.Limited))]
    [InlineData(500, "", nameof(CallSignal.Error))]
    [InlineData(503, "", nameof(CallSignal.Outage))]
    public void Of_an_answer(int status, string body, string signal) =>
        CallSignals.Of(new() { Status = status, Body = Encoding.UTF8.GetBytes(body) }).ToString().ShouldBe(signal);

    [Theory]
    [InlineData(ModelFailureKind.CircuitOpen, nameof(CallSignal.Down))]
    [InlineData(ModelFailureKind.Unreachable, nameof(CallSignal.Outage))]
    [InlineData(ModelFailureKind.TimedOut, nameof(CallSignal.Outage))]
    [InlineData(ModelFailureKind.Cut, nameof(CallSignal.Outage))]
    [InlineData(ModelFailureKind.Garbage, nameof(CallSignal.Alive))]
    [InlineData(ModelFailureKind.Full, nameof(CallSignal.None))]
    public void Of_a_failure(ModelFailureKind kind, string signal) =>
        CallSignals.Of(new() { Failure = new(kind, "") }).ToString().ShouldBe(signal);
}

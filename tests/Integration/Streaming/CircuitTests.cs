using System.Diagnostics;
using System.Net;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class CircuitTests : IAsyncLifetime
{
    private SimulatorProcess _simulator = null!;

    public async ValueTask InitializeAsync() => _simulator = await SimulatorProcess.StartAsync();

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Fact]
    public async Task A_provider_that_keeps_failing_is_not_asked_any_more()
    {
        await using var streaming = await StartAsync(breakFor: "00:10:00");
        await FailTwiceAsync(streaming);

        var start = Stopwatch.GetTimestamp();
        foreach (var stream in (bool[])[true, false])
        {
            using var refused = await streaming.ChatAsync("hello", stream, "far-model");

            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(60), "more is ignored by clients");
            (await SseText.ErrorOf(refused)).GetProperty("code").GetString().ShouldBe("provider_unavailable");
        }

        Stopwatch.GetElapsedTime(start).TotalSeconds.ShouldBeLessThan(2);
        (await _simulator.StatAsync("calls")).ShouldBe(2);
        var metrics = await streaming.Client.GetStringAsync("/metrics");
        State(metrics, "sluice_provider_circuit_state").ShouldEndWith(" 2");
        State(metrics, "sluice_provider_circuit_transitions").ShouldContain("open");
    }

    [Fact]
    public async Task A_probe_closes_the_circuit_of_a_provider_that_has_recovered()
    {
        await using var streaming = await StartAsync(breakFor: "00:00:00.5");
        await FailTwiceAsync(streaming);

        await Eventually.Until("a probe is answered", async () =>
        {
            using var probe = await streaming.ChatAsync("@sim count tokens=3", stream: true, "far-model");
            return probe.StatusCode == HttpStatusCode.OK
                && SseText.Content(await probe.Content.ReadAsStringAsync()) == "0 1 2";
        });

        using var next = await streaming.ChatAsync("hello", stream: true, "far-model");
        next.StatusCode.ShouldBe(HttpStatusCode.OK);
        State(await streaming.Client.GetStringAsync("/metrics"), "sluice_provider_circuit_state").ShouldEndWith(" 0");
    }

    [Fact]
    public async Task An_open_circuit_leaves_calls_to_the_next_provider()
    {
        await using var near = await SimulatorProcess.StartAsync();
        await using var streaming = await StartAsync(
            breakFor: "00:10:00",
            $"--Inference:Providers:near:BaseUrl={near.Address}v1",
            "--Inference:Providers:near:Models:0=far-model",
            "--Inference:Providers:near:Priority=1",
            "--Inference:Providers:near:Circuit:Enabled=false");
        await FailTwiceAsync(streaming);

        using var answered = await streaming.ChatAsync("@sim count tokens=3", stream: true, "far-model");

        SseText.Content(await answered.Content.ReadAsStringAsync()).ShouldBe("0 1 2");
        (await _simulator.StatAsync("calls")).ShouldBe(2);
    }

    private static string State(string metrics, string name) => metrics.Split('\n')
        .First(line => line.StartsWith(name, StringComparison.Ordinal) && line.Contains("\"far\""));

    private static async Task FailTwiceAsync(StreamingProcess streaming)
    {
        foreach (var stream in (bool[])[true, false])
        {
            using var failed = await streaming.ChatAsync($"@sim status=500 {stream}", stream, "far-model");
            failed.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        }
    }

    private Task<StreamingProcess> StartAsync(string breakFor, params string[] settings) =>
        StreamingProcess.WithProviderAsync(
            _simulator.Address,
            [
                "--Inference:Providers:far:Circuit:MinimumThroughput=2",
                $"--Inference:Providers:far:Circuit:BreakDuration={breakFor}",
                .. settings,
            ]);
}

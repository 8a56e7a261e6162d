using System.Diagnostics;
using System.Diagnostics.Metrics;
using Shouldly;
using Sluice.Inference.Telemetry;
using Xunit;

namespace Sluice.Tests.Unit.Inference;

public sealed class InferenceTelemetryTests
{
    [Fact]
    public async Task A_call_leaves_a_span_and_its_metrics_under_the_conventional_names()
    {
        var spans = new List<Activity>();
        using var spanListener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == InferenceTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => spans.Add(span),
        };
        ActivitySource.AddActivityListener(spanListener);
        using var services = TestProviders.Services();
        var model = TestProviders.Simulated(services);
        var metrics = new HashSet<string>();
        using var metricListener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == InferenceTelemetry.SourceName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        metricListener.SetMeasurementEventCallback<double>((instrument, _, _, _) => metrics.Add(instrument.Name));
        var tokens = new List<(string? Type, long Count)>();
        metricListener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            metrics.Add(instrument.Name);
            tokens.Add(((string?)tags[^1].Value, count));
        });
        metricListener.Start();
        using var parent = new Activity("test").Start();

        await model.Tokens("@sim count tokens=2 telemetry");
        await model.CompleteAsync(TestProviders.Request("@sim status=500 telemetry"), default);
        await model.CompleteAsync(TestProviders.Request("@sim count tokens=3 telemetry"), default);

        var mine = spans.Where(s => s.TraceId == parent.TraceId).ToList();
        mine.ShouldAllBe(s => s.DisplayName == "chat sluice-sim" && s.Kind == ActivityKind.Client);
        mine.Select(s => s.GetTagItem("error.type")).ShouldBe([null, "500", null]);
        mine[0].GetTagItem("gen_ai.request.model").ShouldBe("sluice-sim");
        mine[0].GetTagItem("gen_ai.provider.name").ShouldBe("sluice-sim");
        mine[2].GetTagItem("gen_ai.usage.output_tokens").ShouldBe(3L);
        tokens.ShouldContain(("output", 3L));
        metrics.ShouldBe(
            [
                "gen_ai.client.operation.duration",
                "gen_ai.client.token.usage",
                "gen_ai.server.time_to_first_token",
            ],
            ignoreOrder: true);
    }
}

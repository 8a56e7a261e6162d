using System.Text;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.Tests.Integration.Streaming;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

/// <summary>Providers that answer garbage, never, or too late, beside one that is well.</summary>
public sealed class ProviderAnswerTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>, IAsyncLifetime
{
    private const int Good = 20;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await fixture.StopAllAsync();

    [Theory]
    [InlineData("<html>It works!</html>")]
    [InlineData("{}")]
    [InlineData("""{"choices":{}}""")]
    [InlineData("""{"choices":[]} and more""")]
    [InlineData("")]
    public async Task Garbage_fails_its_lines_with_a_typed_error_and_no_others(string answer)
    {
        var body = Encoding.UTF8.GetBytes(answer);
        byte[] response =
        [
            .. Encoding.UTF8.GetBytes(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                + $"Content-Length: {body.Length}\r\n\r\n"),
            .. body,
        ];
        await using var far = new CutProvider(response, CutEnding.Close);

        var errors = await RunAsync(far.Address, Lines.Chat("bad-1", "a", "far"), Lines.Chat("bad-2", "b", "far"));

        errors.Select(e => (e.CustomId, e.Code, e.Status)).Order()
            .ShouldBe([("bad-1", "upstream_error", null), ("bad-2", "upstream_error", null)]);
        far.Requests.ShouldBe(4);
    }

    [Fact]
    public async Task A_provider_that_never_answers_or_after_the_deadline_fails_its_lines_with_a_typed_error()
    {
        await using var far = await SimulatorProcess.StartAsync();

        var errors = await RunAsync(
            far.Address,
            Lines.Chat("never", "@sim first_ms=600000", "far"),
            Lines.Chat("late", "@sim first_ms=450", "far"));

        errors.Select(e => (e.CustomId, e.Code)).Order()
            .ShouldBe([("late", "upstream_timeout"), ("never", "upstream_timeout")]);
    }

    /// <summary>The lines among good ones, two attempts each; what became of them.</summary>
    private async Task<IReadOnlyList<ResultText>> RunAsync(Uri provider, params string[] lines)
    {
        var worker = await fixture.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={provider}v1",
            "--Inference:Providers:far:Models:0=far",
            "--Inference:Providers:far:CompletionTimeout=00:00:00.300",
            "--Worker:MaxAttempts=2");
        var batch = await fixture.NewBatchAsync(worker, [.. lines, .. Lines.Hashes(Good)], linesPerShard: 100);

        await fixture.UntilDoneAsync(worker, batch);

        Lines.ShouldBeExactlyOnce(await fixture.ResultsAsync(batch, ResultKind.Output), Good);
        var errors = await fixture.ResultsAsync(batch, ResultKind.Error);
        errors.Count.ShouldBe(lines.Length);
        return errors;
    }
}

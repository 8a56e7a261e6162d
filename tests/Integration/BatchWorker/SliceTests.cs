using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.TestKit;
using Sluice.Tests.Integration.BatchStore;
using Sluice.Tests.Integration.Streaming;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

public sealed class SliceTests(WorkerFixture workers) : IClassFixture<WorkerFixture>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await workers.StopAllAsync();

    [Fact]
    public async Task At_the_end_of_its_slice_a_shard_is_split_and_no_call_is_cancelled_or_made_twice()
    {
        const string Directives = "first_ms=100";
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(simulator, "--Worker:SliceFor=00:00:00.400", "--Worker:MaxConcurrentLines=2");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(30, Directives, "far-model"), 30);

        await workers.UntilDoneAsync(worker, batch);

        var totals = await workers.TotalsAsync(batch);
        totals.Shards.ShouldBeInRange(2, 15);
        (totals.Lines, totals.Completed).ShouldBe((30, 30));
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 30, Directives);
        (await simulator.StatAsync("calls"), await simulator.StatAsync("aborted")).ShouldBe((30, 0));
        (await workers.ShardAsync(batch, 0)).Epoch.ShouldBe(0);
    }

    [Fact]
    public async Task Results_of_split_shards_are_in_the_order_of_the_input()
    {
        var worker = await workers.StartWorkerAsync(
            "--Worker:SliceFor=00:00:00.100", "--Worker:MaxConcurrentLines=1");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(40, "first_ms=20"), 20);

        await workers.UntilDoneAsync(worker, batch);

        (await workers.TotalsAsync(batch)).Shards.ShouldBeGreaterThan(2);
        (await workers.ResultsAsync(batch, ResultKind.Output)).Select(r => r.CustomId)
            .ShouldBe(Enumerable.Range(1, 40).Select(n => $"line-{n}"));
    }

    [Fact]
    public async Task The_delivery_is_acknowledged_after_a_slice_while_lines_in_hand_go_on()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(simulator, "--Worker:SliceFor=00:00:00.200");
        var deliveries = new Deliveries();
        worker.Services.GetRequiredService<IBusControl>().ConnectReceiveObserver(deliveries);
        var batch = await workers.NewBatchAsync(
            worker, [Lines.Chat("slow", "@sim hash first_ms=3000", "far-model")], 10);
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until("the call runs", async () => await simulator.StatAsync("active") == 1);

        await deliveries.Acknowledged.WaitAsync(Eventually.Patience);

        (await simulator.StatAsync("active")).ShouldBe(1);
        (await workers.ShardAsync(batch, 0)).State.ShouldBe(ShardState.Running);
        await workers.UntilDoneAsync(worker, batch);
        (await simulator.StatAsync("calls")).ShouldBe(1);
    }

    [Fact]
    public async Task Lines_that_an_earlier_run_finished_out_of_order_are_not_split_off()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(simulator, "--Worker:SliceFor=00:00:00.200", "--Worker:MaxConcurrentLines=1");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(12, "first_ms=100", "far-model"), 12);
        var killed = await workers.TakeForeignAsync(batch);
        var page = TestPages.Page(0, [8], []);
        (await new ResultPages(workers.DataSource).AppendAsync(killed, page, default)).ShouldBeTrue();
        await workers.TakeBackAsync(killed);

        await workers.UntilDoneAsync(worker, batch);

        (await simulator.StatAsync("calls")).ShouldBe(11);
        var totals = await workers.TotalsAsync(batch);
        (totals.Lines, totals.Completed).ShouldBe((12, 12));
        totals.Shards.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Lines_that_wait_for_a_place_at_their_provider_are_split_off_with_the_usual_number_in_hand()
    {
        const string Directives = "first_ms=50";
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(
            simulator, "--Worker:SliceFor=00:00:00.500", "--Inference:Providers:far:MaxConcurrency=4");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(100, Directives, "far-model"), 100);

        await workers.UntilDoneAsync(worker, batch);
        var totals = await workers.TotalsAsync(batch);
        totals.Shards.ShouldBeGreaterThan(1);
        (totals.Lines, totals.Completed).ShouldBe((100, 100));
        var results = await workers.ResultsAsync(batch, ResultKind.Output);
        Lines.ShouldBeExactlyOnce(results, 100, Directives);
        (await simulator.StatAsync("calls"), await simulator.StatAsync("aborted")).ShouldBe((100, 0));
    }

    [Fact]
    public async Task Lines_that_have_not_begun_before_one_that_has_go_back_with_their_shard()
    {
        const string Directives = "first_ms=50";
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(
            simulator, "--Worker:SliceFor=00:00:00.200", "--Inference:Providers:far:MaxConcurrency=1");
        var lines = Lines.Hashes(12, Directives, "far-model");
        lines[11] = Lines.Hashes(12, Directives)[11];
        var batch = await workers.NewBatchAsync(worker, lines, 12);

        await workers.UntilDoneAsync(worker, batch);

        var totals = await workers.TotalsAsync(batch);
        (totals.Shards, totals.Completed).ShouldBe((1, 12));
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 12, Directives);
        (await simulator.StatAsync("calls")).ShouldBe(11);
        (await workers.ShardAsync(batch, 0)).Epoch.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_shard_none_of_whose_lines_gets_a_place_goes_back_whole_slice_after_slice()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(
            simulator, "--Worker:SliceFor=00:00:00.100", "--Inference:Providers:far:MaxConcurrency=1",
            "--Worker:DrainTimeout=00:00:00");
        var holder = await workers.NewBatchAsync(
            worker, [Lines.Chat("holds", "@sim hash first_ms=600000", "far-model")], 1);
        await workers.DispatchAsync(worker, holder);
        await Eventually.Until("the place is taken", async () => await simulator.StatAsync("active") == 1);
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(4, "first_ms=0", "far-model"), 4);

        await Eventually.Until("three slices are over", async () =>
        {
            await workers.DispatchAsync(worker, batch);
            return (await workers.ShardAsync(batch, 0)).Epoch >= 3;
        });

        (await workers.TotalsAsync(batch)).Shards.ShouldBe(1);
        (await simulator.StatAsync("calls")).ShouldBe(1);
    }

    [Fact]
    public async Task A_line_that_waited_while_the_rest_of_its_input_was_found_missing_still_runs()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(
            simulator, "--Worker:SliceFor=00:00:00.300", "--Inference:Providers:far:MaxConcurrency=1");
        var beyondTheFirstChunk = Lines.Chat("large", $"@sim hash {new string('x', 1_200_000)}", "far-model");
        var batch = await workers.NewBatchAsync(
            worker, [.. Lines.Hashes(2, "first_ms=1000", "far-model"), beyondTheFirstChunk], 3);
        await workers.ExecuteAsync("DELETE FROM scheduler.blob_chunks WHERE no = 1");

        await workers.UntilDoneAsync(worker, batch);

        var totals = await workers.TotalsAsync(batch);
        (totals.Completed, totals.Failed).ShouldBe((2, 1));
        (await workers.ResultsAsync(batch, ResultKind.Error)).Single().Code.ShouldBe("input_unavailable");
    }

    [Fact]
    public async Task A_line_that_is_rate_limited_gives_its_place_back_when_the_slice_ends()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(
            simulator, "--Worker:SliceFor=00:00:00.300", "--Worker:RetryDelay=00:00:30", "--Flow:ParkFor=00:00:00.100");
        var limited = Lines.Chat("limited", $"@sim hash status=429 times=1 {Guid.NewGuid()}", "far-model");
        var batch = await workers.NewBatchAsync(
            worker, [.. Lines.Hashes(3, "first_ms=1000", "far-model"), limited], 4);

        await workers.UntilDoneAsync(worker, batch);

        (await workers.TotalsAsync(batch)).Completed.ShouldBe(4);
        (await simulator.StatAsync("calls")).ShouldBe(3 + 2);
        (await workers.ShardAsync(batch, 0)).Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task When_its_batch_is_paused_a_shard_finishes_the_lines_in_flight_and_goes_back()
    {
        const string Directives = "first_ms=3000";
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(
            simulator, "--Worker:RenewEvery=00:00:00.050", "--Inference:Providers:far:MaxConcurrency=6");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(12, Directives, "far-model"), 12);
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until("lines are in flight", async () => await simulator.StatAsync("active") == 6);

        await workers.PauseAsync(batch, paused: true);
        await Eventually.Until(
            "it has gone back", async () => (await workers.ShardAsync(batch, 0)).State == ShardState.Ready);

        (await workers.TotalsAsync(batch)).Completed.ShouldBe(6);
        (await simulator.StatAsync("calls"), await simulator.StatAsync("aborted")).ShouldBe((6, 0));
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until(
            "it is not taken", async () => (await workers.ShardAsync(batch, 0)) is (ShardState.Ready, 2, false));
        await workers.PauseAsync(batch, paused: false);
        await workers.UntilDoneAsync(worker, batch);
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 12, Directives);
        (await simulator.StatAsync("calls")).ShouldBe(12);
    }

    private Task<WebApplication> StartAsync(
        SimulatorProcess simulator, params string[] settings) => workers.StartWorkerAsync(
        [
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            .. settings,
        ]);
}

using System.Net;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>What becomes of sockets when their process is asked to stop; on a database of its own.</summary>
public sealed class SocketDrainTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_idle_socket_is_closed_at_once_and_a_busy_one_after_its_responses()
    {
        await using var streaming = await StartAsync();
        using var idle = await SocketClient.OpenAsync(streaming);
        using var busy = await SocketClient.OpenAsync(streaming);
        await busy.CreateAsync("@sim count tokens=40 delay_ms=25");
        await busy.ReadAsync();

        var stop = streaming.StopAsync();
        var (idleStatus, _, _) = await idle.ReadCloseAsync();
        await busy.CreateAsync("@sim count tokens=3", "late");
        var (busyStatus, _, events) = await busy.ReadCloseAsync();
        await stop;

        idleStatus.ShouldBe(1012);
        busyStatus.ShouldBe(1012);
        var late = events.Single(e => e.TryGetProperty("stream_id", out _));
        late.GetProperty("code").GetString().ShouldBe("shutting_down");
        late.GetProperty("status").GetInt32().ShouldBe(503);
        SocketClient.TextOf(events).ShouldBe(string.Join(' ', Enumerable.Range(0, 40)));
        SocketClient.TypeOf(events[^1]).ShouldBe("response.completed");
    }

    [Fact]
    public async Task Sockets_are_taken_until_gateways_have_seen_that_the_process_stops()
    {
        await using var other = await StartAsync();
        await using var streaming = await StartAsync(
            "--Streaming:DrainNotice=00:00:08",
            "--Inference:Providers:far:BaseUrl=http://127.0.0.1:9/v1",
            "--Inference:Providers:far:Models:0=far-model");
        await streaming.SeesAsync(instances: 2);
        using var idle = await SocketClient.OpenAsync(streaming);

        var stop = streaming.StopAsync();
        await Eventually.Until("it says that it is not ready", async () =>
            (await streaming.Client.GetAsync("/healthz/ready")).StatusCode == HttpStatusCode.ServiceUnavailable);
        using var late = await SocketClient.OpenAsync(streaming);
        await late.CreateAsync("@sim count tokens=100 delay_ms=5");
        var (lateStatus, _, events) = await late.ReadCloseAsync();
        using var refused = await SocketClient.OpenAsync(streaming);
        await refused.CreateAsync("what nobody could go on with", model: "far-model");
        var (refusedStatus, _, errors) = await refused.ReadCloseAsync();
        stop.IsCompleted.ShouldBeFalse();
        var (idleStatus, _, none) = await idle.ReadCloseAsync();
        await stop;

        (lateStatus, refusedStatus, idleStatus).ShouldBe((1012, 1012, 1012));
        SocketClient.TextOf(events).ShouldBe(string.Join(' ', Enumerable.Range(0, 100)));
        SocketClient.TypeOf(events[^1]).ShouldBe("response.completed");
        errors.Single().GetProperty("code").GetString().ShouldBe("shutting_down");
        none.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_handed_over_is_rejoined_elsewhere_when_the_drain_ends()
    {
        await using var other = await StartAsync();
        await using var streaming = await StartAsync("--Streaming:DrainTimeout=00:00:01");
        await streaming.SeesAsync(instances: 2);
        using var socket = await SocketClient.OpenAsync(streaming);
        await socket.CreateAsync("@sim count tokens=400 delay_ms=10");
        var id = (await socket.ReadAsync())!.Value.GetProperty("response").GetProperty("id").GetString();

        var stop = streaming.StopAsync();
        var (status, _, events) = await socket.ReadCloseAsync();
        await stop;
        var rest = await other.Client.GetStringAsync(
            $"/v1/responses/{id}?stream=true&starting_after={events[^1].GetProperty("sequence_number").GetInt32()}");

        status.ShouldBe(1012);
        var all = events.Concat(SseText.Chunks(rest)).ToList();
        SocketClient.TextOf(all).ShouldBe(string.Join(' ', Enumerable.Range(0, 400)));
        SocketClient.TypeOf(all[^1]).ShouldBe("response.completed");
    }

    private Task<StreamingProcess> StartAsync(params string[] settings) =>
        StreamingProcess.StartAsync([$"--ConnectionStrings:Postgres={_database.Uri}", .. settings]);
}

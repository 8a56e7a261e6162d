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

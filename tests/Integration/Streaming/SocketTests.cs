using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>What a socket on <c>/v1/responses</c> answers, and what closes it.</summary>
public sealed class SocketTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("hello", null)]
    [InlineData("[]", null)]
    [InlineData("{}", "type")]
    [InlineData("{\"type\":7}", "type")]
    [InlineData("{\"type\":\"response.cancel\"}", "type")]
    [InlineData("{\"type\":\"\\ud800\"}", "type")]
    [InlineData("{\"\\ud800\":1}", null)]
    [InlineData("{\"type\":\"response.create\",\"stream_id\":7}", "stream_id")]
    [InlineData("{\"type\":\"response.create\",\"stream_id\":\"\"}", "stream_id")]
    [InlineData("{\"type\":\"response.create\"}", "model")]
    [InlineData("{\"type\":\"response.create\",\"model\":\"sluice-sim\"}", "input")]
    [InlineData("{\"type\":\"response.create\",\"model\":\"sluice-sim\",\"input\":\"a\",\"background\":true}", "background")]
    [InlineData("{\"type\":\"response.create\",\"model\":\"sluice-sim\",\"input\":\"a\",\"generate\":false}", "generate")]
    [InlineData("{\"type\":\"response.steer\",\"input\":\"a\"}", "type")]
    public async Task A_wrong_first_message_is_an_error_event_and_the_socket_goes_on(string message, string? param)
    {
        await using var streaming = await StreamingProcess.StartAsync();
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.SendAsync(message);
        var error = (await socket.ReadEventsAsync()).ShouldHaveSingleItem();
        await socket.CreateAsync("@sim count tokens=3");
        var events = await socket.ReadEventsAsync();

        SocketClient.TypeOf(error).ShouldBe("error");
        error.GetProperty("status").GetInt32().ShouldBe(400);
        error.GetProperty("param").GetString().ShouldBe(param);
        error.GetProperty("error").GetProperty("type").GetString().ShouldBe("invalid_request_error");
        SocketClient.TextOf(events).ShouldBe("0 1 2");
    }

    [Fact]
    public async Task Binary_data_closes_with_1003()
    {
        await using var streaming = await StreamingProcess.StartAsync();
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.SendAsync([1, 2, 3], WebSocketMessageType.Binary);

        (await socket.ReadCloseAsync()).Status.ShouldBe(1003);
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_closes_with_1007()
    {
        await using var streaming = await StreamingProcess.StartAsync();
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.SendAsync([(byte)'"', 0xFF, (byte)'"'], WebSocketMessageType.Text);

        (await socket.ReadCloseAsync(answer: false)).Status.ShouldBe(1007);
    }

    [Fact]
    public async Task A_message_past_the_bound_closes_with_1009_and_one_at_the_bound_does_not()
    {
        await using var streaming = await StreamingProcess.StartAsync("--WebSocket:MaxMessageBytes=2048");
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.SendAsync(new string(' ', 2_048));
        var error = (await socket.ReadEventsAsync())[0];
        await socket.SendAsync(new string(' ', 2_049));
        var (status, reason, _) = await socket.ReadCloseAsync();

        SocketClient.TypeOf(error).ShouldBe("error");
        status.ShouldBe(1009);
        reason.ShouldNotBeNull().ShouldContain("2048");
    }

    [Fact]
    public async Task A_message_of_10_MB_closes_with_1009_and_the_service_goes_on()
    {
        await using var streaming = await StreamingProcess.StartAsync();
        using var socket = await SocketClient.OpenAsync(streaming);

        // It is cut off in the middle: what is sent after the close meets a connection that is gone.
        var sending = socket.CreateAsync(new string('a', 10_000_000));
        var (status, _, _) = await socket.ReadCloseAsync();
        await Record.ExceptionAsync(() => sending);

        status.ShouldBe(1009);
        SseText.Content(await (await streaming.ChatAsync("@sim count tokens=3", stream: true))
            .Content.ReadAsStringAsync()).ShouldBe("0 1 2");
    }

    [Fact]
    public async Task A_message_without_memory_for_it_is_refused_and_the_socket_goes_on()
    {
        await using var streaming = await StreamingProcess.StartAsync("--Streaming:MaxBufferedRequestBytes=20000");
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.CreateAsync(new string('a', 50_000));
        var error = (await socket.ReadEventsAsync())[0];
        await socket.CreateAsync("@sim count tokens=3");
        var events = await socket.ReadEventsAsync();

        error.GetProperty("code").GetString().ShouldBe("at_capacity");
        error.GetProperty("status").GetInt32().ShouldBe(503);
        SocketClient.TextOf(events).ShouldBe("0 1 2");
    }

    [Fact]
    public async Task A_socket_that_says_nothing_is_closed_but_not_while_a_response_runs()
    {
        await using var streaming = await StreamingProcess.StartAsync("--WebSocket:IdleTimeout=00:00:00.3");
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.CreateAsync("@sim count tokens=40 delay_ms=25");
        var events = await socket.ReadEventsAsync();
        var (status, reason, _) = await socket.ReadCloseAsync();

        SocketClient.TextOf(events).ShouldBe(string.Join(' ', Enumerable.Range(0, 40)));
        status.ShouldBe(1000);
        reason.ShouldBe("Idle for 0.3 s.");
    }

    [Fact]
    public async Task A_lane_is_first_in_first_out_and_lanes_run_side_by_side()
    {
        await using var streaming = await StreamingProcess.StartAsync();
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.CreateAsync("@sim first_ms=600000", "stuck");
        await socket.CreateAsync("@sim count tokens=20 delay_ms=5", "a");
        await socket.CreateAsync("@sim count tokens=2", "a");
        await socket.CreateAsync("@sim count tokens=3", "a");
        var events = await socket.ReadEventsAsync(ends: 3);

        events.ShouldAllBe(e => e.GetProperty("stream_id").GetString() == "a");
        events.Where(e => e.TryGetProperty("response", out _))
            .Select(e => e.GetProperty("response").GetProperty("id").GetString())
            .Distinct().Count().ShouldBe(3);
        var lengths = events.Where(e => SocketClient.TypeOf(e) == "response.completed")
            .Select(e => e.GetProperty("response").GetProperty("usage").GetProperty("output_tokens").GetInt32());
        lengths.ShouldBe([20, 2, 3]);
        var created = events.Select((e, n) => (Type: SocketClient.TypeOf(e), n))
            .Where(e => e.Type is "response.created" or "response.completed").Select(e => e.Type);
        created.ShouldBe(Enumerable.Repeat((string[])["response.created", "response.completed"], 3).SelectMany(x => x));
    }

    [Fact]
    public async Task More_lanes_or_waiting_requests_than_allowed_are_refused_by_name()
    {
        await using var streaming = await StreamingProcess.StartAsync(
            "--WebSocket:MaxLanes=2", "--WebSocket:MaxWaitingPerLane=1", "--Streaming:ResumeWindow=00:00:00");
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.CreateAsync("@sim first_ms=600000", "a");
        await socket.CreateAsync("@sim first_ms=600000", "b");
        await socket.CreateAsync("@sim count", "c");
        var lanes = (await socket.ReadEventsAsync())[0];
        await socket.CreateAsync("@sim count", "a");
        await socket.CreateAsync("@sim count", "a");
        var waiting = (await socket.ReadEventsAsync())[0];

        lanes.GetProperty("message").GetString()!.ShouldContain("WebSocket:MaxLanes is 2");
        lanes.GetProperty("stream_id").GetString().ShouldBe("c");
        waiting.GetProperty("message").GetString()!.ShouldContain("WebSocket:MaxWaitingPerLane is 1");
        waiting.GetProperty("code").GetString().ShouldBe("too_many_requests_on_socket");
        streaming.ActiveResponses.ShouldBe(2);

        await socket.CloseAsync();
        await Eventually.Until("both have ended, and what waited never began", () => streaming.ActiveResponses == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_client_that_left_has_begun_goes_on_and_is_resumed_over_HTTP(bool cleanly)
    {
        await using var streaming = await StreamingProcess.StartAsync();
        string id;
        using (var socket = await SocketClient.OpenAsync(streaming))
        {
            await socket.CreateAsync("@sim count tokens=150 delay_ms=5");
            var first = await socket.ReadAsync();
            id = first!.Value.GetProperty("response").GetProperty("id").GetString()!;
            await (cleanly ? socket.CloseAsync() : Task.Run(socket.Abort));
        }

        var text = await streaming.Client.GetStringAsync($"/v1/responses/{id}?stream=true&starting_after=0");

        var events = SseText.Data(text).Select(d => JsonElement.Parse(d)).ToList();
        SocketClient.TextOf(events).ShouldBe(string.Join(' ', Enumerable.Range(0, 150)));
        SocketClient.TypeOf(events[^1]).ShouldBe("response.completed");
        events.Select(e => e.GetProperty("sequence_number").GetInt32()).ShouldBe(Enumerable.Range(1, events.Count));
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_cut_and_its_responses_end()
    {
        await using var streaming = await StreamingProcess.StartAsync(
            "--Streaming:WriteTimeout=00:00:00.5", "--Streaming:ResumeWindow=00:00:00");
        using var socket = await SocketClient.OpenAsync(streaming);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => socket.CreateAsync("@sim count tokens=99999", $"{n}")));

        await Eventually.Until("responses run", () => streaming.ActiveResponses > 0);
        await Eventually.Until("the socket is cut and they have ended", () => streaming.ActiveResponses == 0);
        await Should.ThrowAsync<WebSocketException>(() => socket.ReadCloseAsync());
    }

    [Fact]
    public async Task A_silent_model_is_no_client_that_takes_nothing()
    {
        await using var streaming = await StreamingProcess.StartAsync("--Streaming:WriteTimeout=00:00:00.1");
        using var socket = await SocketClient.OpenAsync(streaming);

        await socket.CreateAsync("@sim count tokens=4 delay_ms=300");

        SocketClient.TextOf(await socket.ReadEventsAsync()).ShouldBe("0 1 2 3");
    }

    [Fact]
    public async Task A_client_that_answers_no_ping_is_cut_and_one_that_does_is_not()
    {
        await using var streaming = await StreamingProcess.StartAsync(
            "--WebSocket:KeepAliveInterval=00:00:01",
            "--WebSocket:KeepAliveTimeout=00:00:01",
            "--Streaming:ResumeWindow=00:00:00");
        using var deaf = await SocketClient.OpenAsync(streaming);
        using var alive = await SocketClient.OpenAsync(streaming);

        await deaf.CreateAsync("@sim first_ms=600000");
        await alive.CreateAsync("@sim count tokens=3 first_ms=4000");
        var events = await alive.ReadEventsAsync();

        SocketClient.TextOf(events).ShouldBe("0 1 2");
        await Eventually.Until("the other one's response is cancelled", () => streaming.ActiveResponses == 0);
    }

    [Fact]
    public async Task Only_so_many_sockets_are_open_at_once()
    {
        await using var streaming = await StreamingProcess.StartAsync("--WebSocket:MaxSockets=1");
        using var first = await SocketClient.OpenAsync(streaming);

        var refused = await Should.ThrowAsync<WebSocketException>(() => SocketClient.OpenAsync(streaming));
        await first.CloseAsync();

        refused.Message.ShouldContain("503");
        await Eventually.Until("there is a place again", async () =>
        {
            using var second = await SocketClient.OpenAsync(streaming);
            return true;
        });
    }

    [Fact]
    public async Task A_GET_without_an_upgrade_says_what_is_there()
    {
        await using var streaming = await StreamingProcess.StartAsync();

        using var answer = await streaming.Client.GetAsync("/v1/responses");
        using var other = await streaming.Client.DeleteAsync("/v1/responses");

        answer.StatusCode.ShouldBe(HttpStatusCode.UpgradeRequired);
        (await SseText.ErrorOf(answer)).GetProperty("message").GetString()!.ShouldContain("WebSocket");
        other.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }
}

using System.Text.Json;
using Shouldly;
using Sluice.ServiceDefaults.Internal;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>Cancelling ends the call to the model at once, and what it said until then is known.</summary>
public sealed class CancelTests : IAsyncLifetime
{
    private const int DelayMs = 10;

    private PostgresDatabase _database = null!;
    private SimulatorProcess _simulator = null!;
    private StreamingProcess _owner = null!;
    private StreamingProcess _other = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _simulator = await SimulatorProcess.StartAsync();
        _owner = await StartAsync();
        _other = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        await _other.DisposeAsync();
        await _simulator.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_response_cancelled_at_any_instance_closes_its_call_within_a_second_s_tokens(bool atOwner)
    {
        using var answer = await StreamingProcess.PostAsync(
            _owner.Client,
            $$"""{"model":"far-model","input":"@sim count tokens=9000 delay_ms={{DelayMs}}","stream":true}""",
            "/v1/responses");
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var start = await SseText.ReadFramesAsync(reader, 20);
        var id = JsonElement.Parse(SseText.Data(start)[0]).GetProperty("response").GetProperty("id").GetString();

        using var cancelled = await (atOwner ? _owner : _other).Client.PostAsync($"/v1/responses/{id}/cancel", null);
        var response = await SseText.JsonOf(cancelled);
        await Eventually.Until("the call is closed", async () => await _simulator.StatAsync("aborted") == 1);

        response.GetProperty("status").GetString().ShouldBe("cancelled");
        var text = start + await reader.ReadToEndAsync();
        var deltas = SseText.Data(text).Count(data => data.Contains("output_text.delta"));
        var usage = response.GetProperty("usage");
        usage.GetProperty("output_tokens").GetInt32().ShouldBe(deltas);
        deltas.ShouldBeLessThan(20 + (1_000 / DelayMs));
        (await ListedAsync(id!)).GetProperty("tokens").GetInt32().ShouldBe(deltas);
    }

    [Fact]
    public async Task A_completion_cancelled_or_left_has_the_tokens_until_then_on_record()
    {
        var cancelled = await StartChatAsync("@sim count tokens=9000 delay_ms=10");
        var left = await StartChatAsync("@sim count tokens=9000 delay_ms=11");
        (await _other.Client.DeleteAsync($"/api/streams/{cancelled.Id}")).EnsureSuccessStatusCode();
        left.Answer.Dispose();

        var text = await cancelled.Reader.ReadToEndAsync();
        await Eventually.Until("both calls are closed", async () => await _simulator.StatAsync("aborted") == 2);
        await Eventually.Until("the one that was left is cancelled", async () =>
            (await ListedAsync(left.Id)).GetProperty("state").GetString() == "cancelled");

        SseText.Error(text).GetProperty("code").GetString().ShouldBe("response_cancelled");
        (await ListedAsync(left.Id)).GetProperty("tokens").GetInt32().ShouldBeGreaterThan(1);
        cancelled.Answer.Dispose();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("before-delivery")]
    public async Task A_response_cancelled_before_its_first_content_is_one_too(string durability)
    {
        var id = "resp_" + Guid.CreateVersion7().ToString("N");
        using var client = _owner.NewClient(withSecret: true);
        client.DefaultRequestHeaders.Add("Sluice-Durability", durability);
        client.DefaultRequestHeaders.Add(InternalHeaders.ResponseId, id);
        var post = StreamingProcess.PostAsync(
            client,
            """{"model":"far-model","input":"@sim count tokens=3 first_ms=60000"}""",
            "/v1/responses");

        var told = await Eventually.Value("it runs, and is cancelled", async () =>
        {
            using var cancelled = await _owner.Client.PostAsync($"/v1/responses/{id}/cancel", null);
            return cancelled.IsSuccessStatusCode ? await cancelled.Content.ReadAsStringAsync() : null;
        });
        using var answer = await post;

        JsonElement.Parse(told).GetProperty("status").GetString().ShouldBe("cancelled");
        (await answer.Content.ReadAsStringAsync()).ShouldBe(told);
    }

    private async Task<(string Id, HttpResponseMessage Answer, StreamReader Reader)> StartChatAsync(string message)
    {
        var answer = await _owner.ChatAsync(message, stream: true, "far-model");
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        return (SseText.IdOf(await SseText.ReadFramesAsync(reader, 3)), answer, reader);
    }

    private async Task<JsonElement> ListedAsync(string id) =>
        JsonElement.Parse(await _other.Client.GetStringAsync("/api/streams")).GetProperty("data").EnumerateArray()
            .Single(item => item.GetProperty("id").GetString() == id);

    private Task<StreamingProcess> StartAsync() => StreamingProcess.WithProviderAsync(
        _simulator.Address,
        $"--ConnectionStrings:Postgres={_database.Uri}",
        "--Streaming:ResumeWindow=00:00:00.3");
}

using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Chat;
using Sluice.Inference.Responses;
using Sluice.Streaming.Admission;
using Sluice.Streaming.OpenAiResponses;
using Sluice.Streaming.Responses;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>A cancel waits for the end of its response, and no longer than it may.</summary>
public sealed class CancelPatienceTests
{
    private const string Tenant = "dev";

    [Fact]
    public async Task A_response_without_a_log_that_does_not_stop_in_time_refuses_its_cancel_and_stays_cancelled()
    {
        await using var owner = await StreamingProcess.StartAsync("--Streaming:CancelPatience=00:00:00.200");
        var stuck = new StuckGeneration();
        var response = Start(owner, stuck, isLogged: false);

        using var pending = await CancelAsync(owner, response);

        pending.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        pending.Headers.RetryAfter.ShouldNotBeNull();
        (await SseText.ErrorOf(pending)).GetProperty("code").GetString().ShouldBe("cancel_pending");
        stuck.Return();
        await response.Ended.WaitAsync(Eventually.Patience);
        JsonElement.Parse(response.LastWord.Span).GetProperty("response").GetProperty("status").GetString()
            .ShouldBe("cancelled");
    }

    [Fact]
    public async Task A_logged_response_that_does_not_stop_in_time_is_shown_as_it_is_and_cancelled_when_it_does()
    {
        await using var owner = await StreamingProcess.StartAsync("--Streaming:CancelPatience=00:00:00.200");
        var stuck = new StuckGeneration();
        var response = Start(owner, stuck, isLogged: true);
        await Eventually.Until("it has begun", () => response.Frames.Readable > 0);

        using var running = await CancelAsync(owner, response);

        running.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SseText.JsonOf(running)).GetProperty("status").GetString().ShouldBe("in_progress");
        stuck.Return();
        await response.Ended.WaitAsync(Eventually.Patience);
        using var cancelled = await CancelAsync(owner, response);
        (await SseText.JsonOf(cancelled)).GetProperty("status").GetString().ShouldBe("cancelled");
    }

    private static Response Start(StreamingProcess owner, StuckGeneration generation, bool isLogged)
    {
        var active = owner.Get<ActiveResponses>();
        active.TryEnter().ShouldBeTrue();
        var identity = new ResponseIdentity(generation.Key, Tenant, "stuck", isLogged)
        {
            Surface = ResponseSurface.Responses,
        };
        return owner.Get<ResponseRunner>().Start(identity, generation, new RequestBody(active, 1)).ShouldNotBeNull();
    }

    private static Task<HttpResponseMessage> CancelAsync(StreamingProcess owner, Response response) =>
        owner.Client.PostAsync($"/v1/responses/{response.Key.PublicId(ResponseSurface.Responses)}/cancel", null);

    /// <summary>Says one thing, and then does not heed its cancellation until it is told to return.</summary>
    private sealed class StuckGeneration : IGeneration
    {
        private readonly TaskCompletionSource _return = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ResponseKey Key { get; } = ResponseKey.New(TimeProvider.System);

        public void Return() => _return.SetResult();

        public IResponseWriter Begin(ResponseAppender appender)
        {
            ResponsesRequest.TryRead(
                Key.PublicId(ResponseSurface.Responses), """{"model":"stuck","input":"x"}"""u8.ToArray(),
                out var request, out _).ShouldBeTrue();
            var writer = new ResponsesWriter(appender);
            writer.Use(new ResponsesEvents(request!, Key.CreatedAt, TimeProvider.System, writer));
            writer.Open(false);
            return writer;
        }

        public async IAsyncEnumerable<ChatChunk> StreamAsync([EnumeratorCancellation] CancellationToken cancellation)
        {
            yield return new ChatChunk(
                """{"choices":[{"index":0,"delta":{"content":"word"}}]}"""u8.ToArray(), ChatChunkParts.Content, 1);
            await _return.Task;
            cancellation.ThrowIfCancellationRequested();
        }
    }
}

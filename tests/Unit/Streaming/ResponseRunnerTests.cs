using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Durability.Faults;
using Sluice.Durability.Instances;
using Sluice.Inference.Chat;
using Sluice.Streaming;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Chat;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

/// <summary>Whatever breaks in a generation: its response ends, and its place is free again.</summary>
public sealed class ResponseRunnerTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly ActiveResponses _active = new(Options.Create(new StreamingOptions()));
    private readonly GroupCommitter _committer;
    private readonly ResponseRunner _runner;

    public ResponseRunnerTests()
    {
        var log = Options.Create(new LogOptions());
        var responses = new ResponseRegistry();
        var instances = new OneInstance();
        var bounds = new LogBounds(log, Options.Create(new StreamingOptions()), _time);
        _committer = new GroupCommitter(null!, responses, log, _time, NullLogger<GroupCommitter>.Instance);
        _runner = new ResponseRunner(
            _committer,
            responses,
            _active,
            new ResponseHandover(null!, responses, _active, instances, NullLogger<ResponseHandover>.Instance),
            new ResponseRunnerSettings(
                bounds, null!, instances, new PromptFaults(new NoFaultPoints()), NullLogger<ResponseRunner>.Instance));
    }

    public void Dispose()
    {
        _committer.Dispose();
        _active.Dispose();
    }

    [Fact]
    public async Task A_generation_that_cannot_begin_is_an_internal_error()
    {
        var response = Start(new Generation(_ => throw new InvalidOperationException("no beginning")));

        await response.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        response.Refusal.ShouldBe(Refusal.Internal);
        await Eventually.Until("its place is free", () => _active.Count == 0);
    }

    [Fact]
    public async Task A_response_whose_failure_cannot_be_told_by_its_writer_ends_all_the_same()
    {
        var response = Start(new Generation(appender => new BrokenWriter(appender)));

        await response.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        var frames = new FrameBuffer(64);
        response.Frames.Read(0, frames);
        Encoding.UTF8.GetString(frames.Written.Span).ShouldContain("internal_error");
        await Eventually.Until("its place is free", () => _active.Count == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Frames_are_freed_once_the_response_has_ended_and_its_reader_has_left(bool readerIsLast)
    {
        var end = new TaskCompletionSource();
        var response = Start(new Generation(appender => new ChatWriter(appender), end.Task));
        await Eventually.Until("there is a frame", () => response.Frames.Readable > 0);
        response.Frames.Bytes.ShouldBeGreaterThan(0);

        if (readerIsLast)
        {
            end.SetResult();
            await response.Ended.WaitAsync(TimeSpan.FromSeconds(30));
            response.Frames.Bytes.ShouldBeGreaterThan(0, "its reader is not done");
            _runner.Leave(response);
        }
        else
        {
            _runner.Leave(response);
            end.SetResult();
        }

        await Eventually.Until("its frames are freed", () => response.Frames.Bytes == 0);
    }

    private Response Start(IGeneration generation)
    {
        _active.TryEnter().ShouldBeTrue();
        var identity = new ResponseIdentity(ResponseKey.New(_time), "tenant", "model", IsLogged: false);
        return _runner.Start(identity, generation, new RequestBody(_active, maxBytes: 1)).ShouldNotBeNull();
    }

    /// <param name="begin">Makes the writer.</param>
    /// <param name="end">What its end waits for; default nothing.</param>
    private sealed class Generation(Func<ResponseAppender, IResponseWriter> begin, Task? end = null) : IGeneration
    {
        public IResponseWriter Begin(ResponseAppender appender) => begin(appender);

        public async IAsyncEnumerable<ChatChunk> StreamAsync(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.Yield();
            yield return new ChatChunk("{}"u8.ToArray(), ChatChunkParts.Content, 1);
            await (end ?? Task.CompletedTask);
        }
    }

    private sealed class BrokenWriter(ResponseAppender appender) : IResponseWriter
    {
        public void Write(ChatChunk chunk, bool isReleased) =>
            appender.Append(LogEventKind.ChatChunk, chunk.Json.Span, isReleased);

        public void Complete() => throw new InvalidOperationException("no end");

        public void Fail(Refusal refusal, string state) => throw new InvalidOperationException("no failure either");
    }

    private sealed class OneInstance : IInstances
    {
        public InstanceLease Current { get; } = new(Guid.CreateVersion7(), CancellationToken.None);

        public TimeSpan? SinceRenewed => TimeSpan.Zero;

        public TimeSpan? Unanswered => null;

        public Task<bool> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(true);

        public Task FenceAsync(Guid id, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<bool> DrainAsync(CancellationToken cancellationToken) => Task.FromResult(false);
    }
}

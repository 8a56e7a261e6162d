using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;
using Sluice.Streaming;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class LogReplayTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly LogReplay _replay;

    public LogReplayTests()
    {
        var options = new LogOptions { CommitDeadline = TimeSpan.FromSeconds(30) };
        var bounds = new LogBounds(Options.Create(options), Options.Create(new StreamingOptions()), _time);
        _replay = new LogReplay(null!, bounds);
    }

    public void Dispose() => _replay.Dispose();

    [Fact]
    public async Task A_database_that_comes_back_is_waited_for()
    {
        var attempts = 0;
        var read = _replay.PersistAsync(
            () => ++attempts < 3 ? throw new NpgsqlException("away") : Task.FromResult(attempts), default);
        await PassAsync(read, TimeSpan.FromSeconds(1));

        (await read).ShouldBe(3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_stays_away_and_memory_that_stays_short_end_it_at_the_deadline(bool isAway)
    {
        var refusal = isAway ? Refusal.LogAway : Refusal.MemoryFull;
        Exception fault = isAway ? new NpgsqlException("away") : new ResponseRefusedException(Refusal.MemoryFull);
        var read = _replay.PersistAsync<int>(() => throw fault, default);
        await PassAsync(read, TimeSpan.FromSeconds(29));
        read.IsCompleted.ShouldBeFalse();
        await PassAsync(read, TimeSpan.FromSeconds(2));

        (await Should.ThrowAsync<ResponseRefusedException>(read)).Refusal.ShouldBe(refusal);
    }

    [Fact]
    public async Task What_refuses_for_good_is_not_tried_again()
    {
        var read = _replay.PersistAsync<int>(
            () => throw new ResponseRefusedException(Refusal.ConversationTooLong), default);

        await Should.ThrowAsync<ResponseRefusedException>(read);
    }

    private async Task PassAsync(Task read, TimeSpan span)
    {
        for (var passed = TimeSpan.Zero; passed < span && !read.IsCompleted; passed += TimeSpan.FromMilliseconds(200))
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }
    }
}

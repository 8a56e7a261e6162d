using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Watching;

/// <summary>Tells readers how a batch gets on, to its end.</summary>
internal sealed class ProgressStreaming(
    ProgressFeeds feeds, IHostApplicationLifetime lifetime, IOptions<WatchOptions> options, TimeProvider time)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Answers with the state now, unless <paramref name="known"/> is that already, and then with every change; a
    /// reader that is slow misses states in between, never the last one. Ends with the batch. A reader that has seen
    /// the end gets an empty stream, and one that comes back 204.
    /// </summary>
    /// <param name="http">The reader's request.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="known">What the reader has seen; null for nothing.</param>
    /// <param name="comesBack">Whether it says so as an <c>EventSource</c> does that lost its connection.</param>
    public async Task<IResult> AnswerAsync(
        HttpContext http, Guid batchId, ProgressPosition? known, bool comesBack)
    {
        if (feeds.Join(batchId) is not { } feed)
        {
            return OpenAiErrorResult.Unavailable(
                $"This scheduler has {options.Value.MaxReaders} readers of batch events; try again.",
                RetryAfter,
                "too_many_readers");
        }

        // What is watched here goes on elsewhere: the reader is reset, never left with what looks like an end.
        using var stopping = lifetime.ApplicationStopping.UnsafeRegister(_ => http.Abort(), null);
        try
        {
            return await CopyAsync(http, feed, known, comesBack);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return EmptyHttpResult.Instance;
        }
        finally
        {
            await feeds.LeaveAsync(feed);
        }
    }

    private async Task<IResult> CopyAsync(
        HttpContext http, ProgressFeed feed, ProgressPosition? known, bool comesBack)
    {
        var reader = new ProgressReader(http, options.Value, time);
        var look = feed.Wake();
        var next = await feed.AfterAsync(look, reader.UntilHeartbeat, http.RequestAborted);

        // An EventSource comes back after every end, unless it is told that nothing will ever follow.
        var hasAll = next is { IsLast: true } && next.Position.Content == known?.Content;
        if (hasAll && comesBack)
        {
            return TypedResults.NoContent();
        }

        reader.Start();
        if (hasAll)
        {
            await reader.IdAsync(next!.Position);
            return EmptyHttpResult.Instance;
        }

        while (true)
        {
            if (next is not null && next.Position.Content != known?.Content)
            {
                await reader.SendAsync(next);
                known = next.Position;
            }
            else if (!http.Response.HasStarted || reader.UntilHeartbeat == TimeSpan.Zero)
            {
                // At once for a reader that comes back, so that it knows that it is heard.
                await reader.HeartbeatAsync();
            }

            if (next is { IsLast: true })
            {
                return EmptyHttpResult.Instance;
            }

            look = next?.Look ?? look;
            next = await feed.AfterAsync(look, reader.UntilHeartbeat, http.RequestAborted);
        }
    }
}

using System.Globalization;
using System.Text;
using Sluice.Streaming.Admission;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Streams;

namespace Sluice.Streaming.Sse;

/// <summary>
/// Writes a response to a reader from a position to its end. A failure before the first token has a status of its own,
/// one after it is an error event.
/// </summary>
internal sealed class ResponseStreaming(
    SseTicker ticker, FeedSources sources, ResponseRunner runner, ActiveResponses active)
{
    /// <summary>A reader's place, for <see cref="AnswerAsync"/>.</summary>
    /// <exception cref="ResponseRefusedException">There is none.</exception>
    public ReaderPlace Enter() => ReaderPlace.Enter(active);

    /// <param name="context">The reader's request.</param>
    /// <param name="place">The reader's place; it is left in here.</param>
    /// <param name="key">The response.</param>
    /// <param name="live">
    /// The response when this process generates it, with this reader joined; the reader leaves in here.
    /// </param>
    /// <param name="next">Position of the first event to send.</param>
    /// <param name="form">The form of the events.</param>
    /// <returns>
    /// A refusal to answer with, when nothing was sent yet; null when the stream has ended in its own way.
    /// </returns>
    public async Task<IResult?> AnswerAsync(
        HttpContext context,
        ReaderPlace place,
        ResponseKey key,
        Response? live,
        long next,
        StreamForm form = StreamForm.OfSurface)
    {
        using var sse = new SseResponse(context, form);
        ticker.Add(sse);

        // What is generated elsewhere does not end with this process: its reader is reset and comes back for the rest.
        using var ended = active.Ended.UnsafeRegister(_ => Reset(context, live), null);
        try
        {
            if (next > 0)
            {
                // It has begun: a reader that comes back need not wait for the next event to know that it is heard.
                await sse.WriteAsync(default);
            }

            using var feed = new ResponseFeed(sources, key, live, next, context.RequestAborted)
            {
                OnlyHere = form == StreamForm.Followed,
            };
            await CopyAsync(feed, sse, form == StreamForm.Native ? new NativeFrames() : null);
            return null;
        }
        catch (ResponseRefusedException exception)
        {
            return await EndAsync(sse, exception.Refusal) ? null : exception.Refusal.Answer;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            ticker.Remove(sse);
            await sse.CloseAsync();
            Leave(live);
            place.Dispose();
        }
    }

    private static void Reset(HttpContext context, Response? live)
    {
        if (live is null || live.IsLost)
        {
            context.Abort();
        }
    }

    private void Leave(Response? live)
    {
        if (live is not null)
        {
            runner.Leave(live);
        }
    }

    private static async Task CopyAsync(ResponseFeed feed, SseResponse sse, NativeFrames? native)
    {
        var first = feed.Position;
        while (await feed.WaitAsync())
        {
            while (feed.TryRead(out var frames))
            {
                await sse.WriteAsync(native is null ? frames : native.Project(frames));
            }
        }

        if (native is not null && feed.Position == first && first > 0)
        {
            // An id without data is no event, but an EventSource comes back with it, and is then told that it has all.
            await sse.WriteAsync(
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {first - 1}\n\n")));
        }
    }

    /// <summary>Ends a stream with an error event; false when nothing of it was sent.</summary>
    private static async Task<bool> EndAsync(SseResponse sse, Refusal refusal)
    {
        await sse.CloseAsync();
        if (!sse.HasStarted)
        {
            return false;
        }

        await sse.WriteErrorAsync(refusal.Event());
        return true;
    }
}

using Npgsql;
using Sluice.ServiceDefaults.Creations;
using Sluice.Streaming.Admission;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>
/// Creates responses that a repeated POST must not make again: background ones, where their answer was lost, and all
/// that are stored and came with an Idempotency-Key. The repetition gets the answer of the first one, unless that is in
/// the foreground and failed or was cancelled: then it makes another. Thread-safe.
/// </summary>
internal sealed class IdempotentCreation(
    ResponsesStart start,
    CreationTable creations,
    ResponseReading reading,
    FeedSources sources,
    ActiveResponses active)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ReleaseRetry = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a repeated request waits for the first commit of the response that it asks for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether a repetition of the request is to find what it made.</summary>
    public static bool IsFor(HttpContext context, ResponsesOrder order) => order.Request.Background
        || (order is { IsLogged: true, Request.Store: true } && CreationRequest.HasKey(context));

    public async Task<IResult?> AnswerAsync(HttpContext context, ResponsesOrder order, RequestBody body)
    {
        if (CreationRequest.TryRead(context, body.Bytes.Span, out var request) is { } odd)
        {
            return odd;
        }

        Response response;
        ReaderPlace? place = null;
        try
        {
            if (await ReserveAsync(request, order.Key, context.RequestAborted) is { } made)
            {
                return await RepeatAsync(context, order, body, made);
            }

            place = start.Enter(order);
            response = await start.StartAsync(order, body, context.RequestAborted);
        }
        catch
        {
            place?.Dispose();

            // Refused, its caller has left, or the database has: the next one with the same body or key makes it.
            _ = ReleaseAsync(order.Key);
            throw;
        }

        _ = ReleaseUnmadeAsync(response);
        return await start.AnswerAsync(context, place, response);
    }

    /// <summary>What the request repeats; null when it is to make its own.</summary>
    private async Task<ResponseKey?> ReserveAsync(
        CreationRequest request, ResponseKey key, CancellationToken aborted)
    {
        var began = sources.Time.GetTimestamp();
        while (true)
        {
            switch (await creations.ReserveAsync(request, key, aborted))
            {
                case (CreationOutcome.Reserved, _):
                    return null;
                case (CreationOutcome.Repeats, var made):
                    return made;
                case (CreationOutcome.KeyReused, _):
                    throw new ResponseRefusedException(Refusal.Of(CreationRequest.KeyReused));
                case (CreationOutcome.KeyInUse, _):
                    throw new ResponseRefusedException(Refusal.Of(CreationRequest.KeyInUse));
                default:
                    if (sources.Time.GetElapsedTime(began) >= Patience)
                    {
                        throw new ResponseRefusedException(Refusal.StillCreated);
                    }

                    await Task.Delay(PollInterval, sources.Time, aborted);
                    break;
            }
        }
    }

    /// <summary>
    /// The answer that the first request got or gets: one that is not streamed waits for it too. It generates nothing,
    /// and is a reader.
    /// </summary>
    private async Task<IResult?> RepeatAsync(
        HttpContext context, ResponsesOrder order, RequestBody body, ResponseKey made)
    {
        var found = await reading.FindAsync(
            context, made.PublicId(ResponseSurface.Responses), ResponseSurface.Responses);
        if (order.Request.Stream)
        {
            body.LeavePlace();
            return await reading.StreamAsync(context, found);
        }

        using var place = order.Request.Background ? null : ReaderPlace.Enter(active);
        body.LeavePlace();
        return await start.JoinAsync(context, found, order.Request.Background);
    }

    /// <summary>Refused before its first content, nothing of it is stored, and the next request makes it.</summary>
    private async Task ReleaseUnmadeAsync(Response response)
    {
        await response.Ended;
        if (!response.IsReleased)
        {
            await ReleaseAsync(response.Key);
        }
    }

    /// <summary>Until the database answers, or the process ends: then its reservations count no more.</summary>
    private async Task ReleaseAsync(ResponseKey key)
    {
        while (!active.Ended.IsCancellationRequested)
        {
            try
            {
                await creations.ReleaseAsync(key);
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
            {
                await Task.Delay(ReleaseRetry, sources.Time);
            }
        }
    }
}

using Npgsql;
using Sluice.ServiceDefaults.Creations;
using Sluice.Streaming.Admission;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>
/// Creates background responses: a POST that is repeated, because its answer was lost or with the same Idempotency-Key,
/// gets the answer of the first one and makes nothing. Thread-safe.
/// </summary>
internal sealed class BackgroundCreation(
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
                return await RepeatAsync(context, order, made);
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

    /// <summary>The answer that the first request got.</summary>
    private async Task<IResult?> RepeatAsync(HttpContext context, ResponsesOrder order, ResponseKey made)
    {
        var found = await reading.FindAsync(
            context, made.PublicId(ResponseSurface.Responses), ResponseSurface.Responses);
        if (order.Request.Stream)
        {
            return await reading.StreamAsync(context, found);
        }

        var rows = await sources.Log.ReadAsync(made, 0, context.RequestAborted);
        return ResponsesResult.Of(LogFormat.Read(rows[0].Format, rows[0].Payload).First().Data);
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

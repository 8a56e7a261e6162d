using System.Text.Json;
using Npgsql;
using Sluice.Inference.Responses;
using Sluice.Streaming.Data;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>Retrieves, cancels and deletes responses of the Responses API. Thread-safe.</summary>
internal sealed class ResponsesReading(
    ResponseReading reading,
    ResponseCancellation cancellation,
    ResponseLog log,
    FeedSources sources,
    NpgsqlDataSource dataSource)
{
    private const string DeleteSql =
        $"UPDATE {StreamingSchema.Name}.responses SET deleted = true WHERE day = $1 AND id = $2";

    public Task RetrieveAsync(HttpContext context, string id) => ResponseReading.AnswerAsync(context, async () =>
    {
        var stream = ResponseReading.WantsStream(context.Request);
        var found = await reading.FindAsync(context, id, ResponseSurface.Responses);
        return stream
            ? await reading.StreamAsync(context, found)
            : await ObjectAsync(found, context.RequestAborted);
    });

    /// <summary>What it was asked, without what it continues; kept with responses that are stored.</summary>
    public Task InputItemsAsync(HttpContext context, string id) => ResponseReading.AnswerAsync(context, async () =>
    {
        var found = await reading.FindAsync(context, id, ResponseSurface.Responses);
        var body = found.Live is { } live
            ? live.Identity.Request
            : await log.FindRequestAsync(found.Key, context.RequestAborted) ?? default(ReadOnlyMemory<byte>);
        return ResponsesRequest.TryRead(id, body, out var request, out _)
            ? new PassedOnResult(StatusCodes.Status200OK, InputItems.Page(request, context.Request.Query))
            : throw new ResponseRefusedException(Refusal.NoInput(id));
    });

    /// <summary>Cancelling twice, or what has ended, gives the response as it is.</summary>
    public Task CancelAsync(HttpContext context, string id) => ResponseReading.AnswerAsync(context, async () =>
    {
        if (reading.FindUnlogged(context, id, ResponseSurface.Responses) is { } unlogged)
        {
            return await CancelAsync(unlogged, context.RequestAborted);
        }

        var found = await reading.FindAsync(context, id, ResponseSurface.Responses);
        await CancelAsync(found, context.RequestAborted);
        return await ObjectAsync(found, context.RequestAborted);
    });

    /// <summary>One that runs is cancelled first.</summary>
    public Task DeleteAsync(HttpContext context, string id) => ResponseReading.AnswerAsync(context, async () =>
    {
        var found = await reading.FindAsync(context, id, ResponseSurface.Responses);
        await CancelAsync(found, context.RequestAborted);
        await using var command = dataSource.CreateCommand(DeleteSql);
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = found.Key.Day });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = found.Key.Id });
        await command.ExecuteNonQueryAsync(context.RequestAborted);
        return Results.Json(
            new DeletedResponse(found.Id, "response", true), ResponsesJsonContext.Default.DeletedResponse);
    });

    /// <summary>One without a log: its object is in its last event and nowhere else.</summary>
    private async Task<IResult> CancelAsync(Response unlogged, CancellationToken aborted)
    {
        unlogged.Cancel(CancelReason.Requested);
        try
        {
            await unlogged.Ended.WaitAsync(cancellation.Patience, sources.Time, aborted);
        }
        catch (TimeoutException)
        {
            throw new ResponseRefusedException(Refusal.CancelPending);
        }

        var last = unlogged.LastWord;
        if (last.IsEmpty)
        {
            // Its provider or the server had refused it just before.
            throw new ResponseRefusedException(unlogged.Refusal ?? Refusal.Internal);
        }

        var response = ResponsesEvents.ResponseOf(last);
        return response.IsEmpty
            ? ResponsesResult.Of(last)
            : new PassedOnResult(StatusCodes.Status200OK, response);
    }

    private async Task CancelAsync(FoundResponse found, CancellationToken aborted)
    {
        if (found.Stored is { IsEnded: true })
        {
            return;
        }

        await cancellation.RequestAsync(found.Key, aborted);
        using var patience = new CancellationTokenSource(cancellation.Patience, sources.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted);
        try
        {
            using var feed = new ResponseFeed(sources, found.Key, found.Live, found.Next, either.Token);
            while (await feed.WaitAsync())
            {
                while (feed.TryRead(out _))
                {
                    // Only its end is of interest.
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // Its owner hangs; the wish stays with the response.
        }
    }

    /// <summary>The object of its last lifecycle event; of one that was ended from without, what it would be.</summary>
    /// <exception cref="ResponseRefusedException">Nothing of it is stored yet.</exception>
    private async Task<IResult> ObjectAsync(FoundResponse found, CancellationToken aborted)
    {
        if (await log.FindAsync(found.Key, aborted) is { IsEnded: true } stored
            && await log.ReadLastAsync(found.Key, aborted) is { } last)
        {
            return new PassedOnResult(
                StatusCodes.Status200OK,
                last.Kind == LogEventKind.ResponsesEvent
                    ? ResponsesEvents.ResponseOf(last.Data)
                    : await FailedAsync(found, stored.Next, last.Data, aborted));
        }

        // Before its end the first events have the object: created, queued, in progress.
        var rows = await log.ReadAsync(found.Key, 0, aborted);
        var lifecycle = rows.SelectMany(row => LogFormat.Read(row.Format, row.Payload))
            .TakeWhile(one => one.Kind == LogEventKind.ResponsesEvent)
            .Select(one => ResponsesEvents.ResponseOf(one.Data))
            .TakeWhile(response => !response.IsEmpty)
            .LastOrDefault();
        return lifecycle.IsEmpty
            ? throw new ResponseRefusedException(Refusal.Unknown(found.Id))
            : new PassedOnResult(StatusCodes.Status200OK, lifecycle);
    }

    /// <summary>It ended with an error that no event of its own tells: what was told before is its output.</summary>
    private async Task<ReadOnlyMemory<byte>> FailedAsync(
        FoundResponse found, long end, ReadOnlyMemory<byte> failure, CancellationToken aborted)
    {
        var told = new ToldResponse(found.Id);
        await foreach (var row in log.ReadAllAsync(found.Key, end, aborted))
        {
            foreach (var one in LogFormat.Read(row.Format, row.Payload))
            {
                if (one.Kind == LogEventKind.ResponsesEvent)
                {
                    told.Restore(one.Data);
                }
            }
        }

        var error = JsonSerializer.Deserialize(failure.Span, SseJsonContext.Default.OpenAiErrorBody)!.Error;
        return told.HasBegun
            ? told.Failed(error.Code ?? "server_error", error.Message)
            : throw new ResponseRefusedException(Refusal.Unknown(found.Id));
    }
}

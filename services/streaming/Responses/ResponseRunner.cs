using Npgsql;
using Sluice.Durability.Instances;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Chat;
using Sluice.Streaming.Log;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.Responses;

/// <summary>
/// Generates responses into the log, apart from any request: a reader that leaves ends nothing. Chunks before the first
/// content are held back, so that a provider's early failure can still be answered with a status.
/// </summary>
internal sealed partial class ResponseRunner(
    GroupCommitter committer,
    ResponseRegistry responses,
    ActiveResponses active,
    ResponseHandover handover,
    ResponseRunnerSettings settings)
{
    /// <summary>More than this is released although no content has come yet.</summary>
    private const int MaxHeldBytes = 16 << 10;

    private static readonly TimeSpan FollowedRetry = TimeSpan.FromSeconds(1);

    /// <summary>Ids of the responses that are generated here.</summary>
    public Guid[] Generated => [.. responses.All.Select(response => response.Key.Id)];

    /// <summary>
    /// Starts a response with its first reader joined; null when its id is running here already. Takes over
    /// <paramref name="body"/> until the response has ended.
    /// </summary>
    public Response? Start(ResponseIdentity identity, IGeneration generation, RequestBody body)
    {
        var response = New(identity, settings.Instances.Current);
        if (!responses.TryAdd(response))
        {
            return null;
        }

        Join(response);
        var place = body.HandOver();
        _ = Task.Run(() => RunAsync(response, generation, place));
        return response;
    }

    /// <summary>
    /// Goes on with a response that <paramref name="lease"/> has taken over. It has no reader here yet, and takes over
    /// <paramref name="place"/> until it has ended.
    /// </summary>
    public Response Continue(
        ResponseIdentity identity, InstanceLease lease, IGeneration generation, ActivePlace place)
    {
        var response = New(identity, lease);
        responses.Replace(response);
        Join(response);
        Leave(response);
        _ = Task.Run(() => RunAsync(response, generation, place));
        return response;
    }

    /// <summary>A reader joined; each needs one <see cref="Leave"/>.</summary>
    public static void Join(Response response)
    {
        response.Readers.Join();
        StreamingMetrics.ReaderJoined();
    }

    /// <summary>
    /// A reader left. Without another one within <c>Streaming:ResumeWindow</c> the generation is cancelled; without a
    /// log there is nothing to come back to, and it is cancelled at once.
    /// </summary>
    public void Leave(Response response)
    {
        StreamingMetrics.ReaderLeft();
        if (response.Readers.Leave() is not { } mark)
        {
            return;
        }

        if (response.Ended.IsCompleted)
        {
            // Whoever joins at this very moment finds nothing in memory, and reads the log.
            response.Frames.Close();
        }
        else if (!response.Identity.IsBackground)
        {
            _ = CancelLaterAsync(response, mark);
        }
    }

    private async Task CancelLaterAsync(Response response, long mark)
    {
        do
        {
            if (response.IsLogged)
            {
                await response.Ended.WaitAsync(settings.Bounds.ResumeWindow, settings.Bounds.Time)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (response.Ended.IsCompleted || !response.Readers.IsAbsent(mark))
            {
                return;
            }
        }
        while (response.IsLogged && await IsFollowedAsync(response));

        response.Cancel(CancelReason.NoReader);
    }

    /// <summary>A reader at another instance counts; one that the database cannot tell of may be there.</summary>
    private async Task<bool> IsFollowedAsync(Response response)
    {
        try
        {
            return await settings.Log.IsFollowedAsync(response.Key);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            await Task.Delay(FollowedRetry, settings.Bounds.Time);
            return true;
        }
    }

    private Response New(ResponseIdentity identity, InstanceLease lease) =>
        new(identity, lease, settings.Bounds, new CancellationTokenSource());

    private async Task RunAsync(Response response, IGeneration generation, IDisposable place)
    {
        var state = ResponseState.Failed;
        StreamingMetrics.ResponseStarted();
        try
        {
            using var lost = response.IsLogged
                ? response.Lease.Lost.UnsafeRegister(static running => ((Response)running!).Lose(), response)
                : default;
            using var ended = active.Ended.UnsafeRegister(
                static running => ((Response)running!).Cancel(CancelReason.ShuttingDown), response);
            state = await GenerateAsync(response, generation);
            await response.Ended;
        }
        finally
        {
            responses.Remove(response);
            if (response.Readers.Count == 0 || response.IsLost)
            {
                // Readers of one that was lost are on their way to its new owner's.
                response.Frames.Close();
            }

            StreamingMetrics.ResponseEnded(state);
            place.Dispose();
        }
    }

    private async Task<string> GenerateAsync(Response response, IGeneration generation)
    {
        IResponseWriter? writer = null;
        try
        {
            writer = generation.Begin(new ResponseAppender(response, committer));
            return await GenerateAsync(response, generation, writer);
        }
        catch (Exception exception)
        {
            // The boundary of the background work, and of what is done about its failures: nobody awaits it, and a
            // response without an end keeps its readers for ever.
            Log.Failed(settings.Logger, exception, response.Key.Id);
            return Break(response, writer);
        }
    }

    private async Task<string> GenerateAsync(Response response, IGeneration generation, IResponseWriter writer)
    {
        try
        {
            await CopyAsync(response, generation.StreamAsync(response.Generation), writer);
            writer.Complete();
            return ResponseState.Completed;
        }
        catch (ModelFailureException exception)
        {
            var refusal = new Refusal(UpstreamRefusal.Of(exception.Failure), exception.Failure.ToError().Error);
            return Fail(response, writer, refusal);
        }
        catch (OperationCanceledException) when (response.CancelReason == CancelReason.HandedOver)
        {
            await committer.WriteRowsAsync(response);
            await handover.GiveUpAsync(response);
            return ResponseState.Lost;
        }
        catch (OperationCanceledException) when (response.CancelReason != CancelReason.None)
        {
            return Cancelled(response, writer);
        }
        catch (ResponseRefusedException exception)
        {
            if (exception.Refusal == Refusal.LogAway)
            {
                // Its end waits for the database too; its readers need not.
                response.Interrupt(exception.Refusal);
            }

            return Fail(response, writer, exception.Refusal);
        }
    }

    private async Task CopyAsync(Response response, IAsyncEnumerable<ChatChunk> chunks, IResponseWriter writer)
    {
        var held = 0;
        var isReleased = false;
        var fault = settings.Faults.Of(response);
        await foreach (var chunk in chunks)
        {
            if (fault is not null)
            {
                await settings.Faults.ReachAsync(fault, response);
            }

            held += chunk.Json.Length;
            isReleased |= (chunk.Parts & (ChatChunkParts.Content | ChatChunkParts.Finish)) != ChatChunkParts.None
                || held >= MaxHeldBytes;
            response.Tokens += (chunk.Parts & ChatChunkParts.Content) != ChatChunkParts.None ? 1 : 0;
            writer.Write(chunk, isReleased);
            while (!response.HasRoom && response.CancelReason == CancelReason.None)
            {
                await response.WaitForRoomAsync();
            }

            if (handover.IsWanted(response))
            {
                response.Cancel(CancelReason.HandedOver);
            }

            if (response.CancelReason != CancelReason.None)
            {
                throw new OperationCanceledException();
            }
        }
    }

    private static string Cancelled(Response response, IResponseWriter writer) => response.CancelReason switch
    {
        CancelReason.ShuttingDown => Fail(response, writer, Refusal.ShuttingDown),
        CancelReason.LogAway => Fail(response, writer, Refusal.LogAway),
        // Also before its first content: refused with 503, its caller would repeat what its tenant has cancelled.
        CancelReason.Requested when response.Identity.Surface == ResponseSurface.Responses =>
            End(writer, Refusal.Cancelled, ResponseState.Cancelled),
        CancelReason.Requested => Fail(response, writer, Refusal.Cancelled, ResponseState.Cancelled),
        CancelReason.Lost => ResponseState.Lost,
        _ => Fail(response, writer, Refusal.Abandoned, ResponseState.Cancelled),
    };

    /// <summary>An error event where the answer has begun, else a refusal that leaves nothing behind.</summary>
    private static string Fail(
        Response response, IResponseWriter writer, Refusal refusal, string state = ResponseState.Failed)
    {
        if (response.IsReleased)
        {
            return End(writer, refusal, state);
        }

        response.Refuse(refusal);
        return state;
    }

    private static string End(IResponseWriter writer, Refusal refusal, string state)
    {
        writer.Fail(refusal, state);
        return state;
    }

    /// <summary>Ends it with an internal error, also where its writer is what is broken.</summary>
    private string Break(Response response, IResponseWriter? writer)
    {
        var last = new ChatWriter(new ResponseAppender(response, committer));
        try
        {
            return Fail(response, writer ?? last, Refusal.Internal);
        }
        catch (Exception exception)
        {
            // An error event is the same in every form.
            Log.Failed(settings.Logger, exception, response.Key.Id);
            return Fail(response, last, Refusal.Internal);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Response {Response} failed in a way that nobody foresaw")]
        public static partial void Failed(ILogger logger, Exception exception, Guid response);
    }
}

using Sluice.Streaming.Admission;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>Starts responses of the Responses API and answers the requests that did. Thread-safe.</summary>
internal sealed class ResponsesStart(
    ResponseCreation creation,
    ResponsesHistory history,
    ResponseStreaming streaming,
    FeedSources sources,
    ResponseRunner runner)
{
    /// <summary>The place that a request takes as a reader; null where its answer is no stream.</summary>
    /// <exception cref="ResponseRefusedException">There is none.</exception>
    public ReaderPlace? Enter(ResponsesOrder order) => order.Request.Stream ? streaming.Enter() : null;

    /// <summary>Starts it with its first reader joined.</summary>
    /// <exception cref="ResponseRefusedException">It cannot be started.</exception>
    public async Task<Response> StartAsync(ResponsesOrder order, RequestBody body, CancellationToken cancellation)
    {
        var (key, tenant, request, provider, isLogged) = order;
        var chat = request.ToChat(await history.LoadAsync(tenant, request, body.Held, cancellation));
        var canContinue = isLogged && creation.CanContinue(provider, chat, request.Body);
        var identity = new ResponseIdentity(key, tenant, request.Model, isLogged)
        {
            Surface = ResponseSurface.Responses,
            IsBackground = request.Background,
            IsStored = request.Store,
            Request = canContinue || (isLogged && request.Store) ? request.Body : default,
            CanContinue = canContinue,
        };
        return creation.Start(
            identity, new ResponsesGeneration(key, request, provider, chat, sources.Time), body);
    }

    /// <summary>Answers the request that started it, in the form that it asks for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="place">What <see cref="Enter"/> gave; it is left in here.</param>
    /// <param name="response">What it started.</param>
    public Task<IResult?> AnswerAsync(HttpContext context, ReaderPlace? place, Response response) => place is null
        ? WholeAsync(context, response.Key, response, response.Identity.IsBackground)
        : streaming.AnswerAsync(context, place, response.Key, response, next: 0);

    /// <summary>Answers a request like the one that started it, which is not streamed.</summary>
    public Task<IResult?> JoinAsync(HttpContext context, FoundResponse found, bool isBackground)
    {
        if (found.Live is { } live)
        {
            ResponseRunner.Join(live);
        }

        return WholeAsync(context, found.Key, found.Live, isBackground);
    }

    /// <summary>The first reader, which is not answered here, left.</summary>
    public void Leave(Response response) => runner.Leave(response);

    /// <summary>The response object at its end; of a background response as soon as it is stored.</summary>
    private async Task<IResult?> WholeAsync(
        HttpContext context, ResponseKey key, Response? live, bool isBackground)
    {
        try
        {
            using var feed = new ResponseFeed(sources, key, live, 0, context.RequestAborted);
            var last = ReadOnlyMemory<byte>.Empty;
            while (await feed.WaitAsync())
            {
                while (feed.TryRead(out var frames))
                {
                    if (isBackground)
                    {
                        // Stored; what has come since does not change that it was taken.
                        return ResponsesResult.Of(EventData.First(frames));
                    }

                    last = frames;
                }
            }

            return ResponsesResult.Of(EventData.Last(last));
        }
        catch (ResponseRefusedException exception)
        {
            return exception.Refusal.Answer;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            if (live is not null)
            {
                runner.Leave(live);
            }
        }
    }
}

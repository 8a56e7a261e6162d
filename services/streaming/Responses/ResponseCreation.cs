using Sluice.Inference.Chat;
using Sluice.Inference.Continuations;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>What all requests for a new response have in common: a place, a body, an id, a start.</summary>
internal sealed class ResponseCreation(
    AdmissionQueue queue,
    ActiveResponses active,
    LogAvailability log,
    ResponseRunner runner,
    LogBounds bounds)
{
    /// <summary>Reads the body and answers with it; the place and the body are given back unless handed over.</summary>
    /// <param name="context">The request.</param>
    /// <param name="answer">Answers, or gives the refusal to answer with.</param>
    public async Task RunAsync(HttpContext context, Func<RequestBody, Task<IResult?>> answer)
    {
        RequestBody body;
        try
        {
            body = await EnterAsync(context.RequestAborted);
        }
        catch (ResponseRefusedException exception)
        {
            await Refuse(context, exception.Refusal.Answer);
            return;
        }

        IResult? refusal;
        try
        {
            refusal = await body.ReadAsync(context);
            refusal ??= body.Bytes.IsEmpty
                ? OpenAiErrorResult.BadRequest("The request body is empty; a JSON object is expected.")
                : await answer(body);
        }
        catch (ResponseRefusedException exception)
        {
            refusal = exception.Refusal.Answer;
        }
        finally
        {
            if (!body.IsHandedOver)
            {
                body.Dispose();
            }
        }

        if (refusal is not null)
        {
            await Refuse(context, refusal);
        }
    }

    /// <summary>Starts a response from a body that came as a message.</summary>
    /// <param name="message">The body.</param>
    /// <param name="start">Starts it.</param>
    /// <param name="left">Cancelled when whoever sent it has left.</param>
    /// <exception cref="ResponseRefusedException">It cannot be started; nothing is left of it.</exception>
    public async Task<Response> StartAsync(
        ReadOnlyMemory<byte> message, Func<RequestBody, Task<Response>> start, CancellationToken left)
    {
        var body = await EnterAsync(left);
        try
        {
            return body.Take(message) is { } refusal
                ? throw new ResponseRefusedException(Refusal.Of(refusal))
                : await start(body);
        }
        finally
        {
            if (!body.IsHandedOver)
            {
                body.Dispose();
            }
        }
    }

    /// <summary>The id that the gateway made, else a new one.</summary>
    public static ResponseKey Key(HttpContext context, ResponseSurface surface, TimeProvider time) =>
        ResponseKey.TryParse(context.Request.Headers[InternalHeaders.ResponseId], surface, out var key)
        && key.IsOf(time.GetUtcNow())
            ? key
            : ResponseKey.New(time);

    /// <summary>
    /// Starts it, with its first reader joined. While the process drains only what can be handed over: the rest might
    /// be cut in its middle, where nobody can ask for it again.
    /// </summary>
    /// <exception cref="ResponseRefusedException">It cannot be started now.</exception>
    public Response Start(ResponseIdentity identity, IGeneration generation, RequestBody body)
    {
        if (active.IsDraining && !identity.CanContinue)
        {
            throw new ResponseRefusedException(Refusal.ShuttingDown);
        }

        RequireLog(identity.IsLogged);
        return runner.Start(identity, generation, body)
            ?? throw new ResponseRefusedException(Refusal.AlreadyRunning);
    }

    /// <summary>Refuses what needs the log while that is away, before anything else asks the database.</summary>
    /// <exception cref="ResponseRefusedException">It is away.</exception>
    public void RequireLog(bool isLogged)
    {
        if (isLogged && log.IsAway)
        {
            throw new ResponseRefusedException(Refusal.LogAway);
        }
    }

    /// <summary>Another instance could go on with the answer, and what that takes is not too much to store.</summary>
    public bool CanContinue(IModelProvider provider, ChatRequest request, ReadOnlyMemory<byte> stored) =>
        provider.CanContinue(request) && stored.Length <= bounds.Options.MaxRequestBytes;

    /// <exception cref="ResponseRefusedException">The header says something else.</exception>
    public static bool IsLogged(HttpContext context, IModelProvider provider) =>
        RequestDurability.TryRead(context.Request, provider.Durability, out var durability)
            ? durability == StreamDurability.BeforeDelivery
            : throw new ResponseRefusedException(RequestDurability.Odd);

    private async Task<RequestBody> EnterAsync(CancellationToken left) => await queue.EnterAsync(left) switch
    {
        AdmissionOutcome.Admitted => new RequestBody(active, bounds.MaxBodyBytes),
        AdmissionOutcome.Draining => throw new ResponseRefusedException(Refusal.ShuttingDown),
        _ => throw new ResponseRefusedException(Refusal.AtCapacity),
    };

    private static Task Refuse(HttpContext context, IResult refusal) =>
        context.RequestAborted.IsCancellationRequested ? Task.CompletedTask : refusal.ExecuteAsync(context);
}

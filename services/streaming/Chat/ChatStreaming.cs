using System.Text.Json;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.Chat;

/// <summary>
/// Answers a request for a stream. A failure before the first token has a status of its own, one after it is an error
/// event; the stream ends with <c>[DONE]</c> only after the provider's own end.
/// </summary>
internal sealed class ChatStreaming(ActiveResponses responses, SseTicker ticker)
{
    /// <summary>More than this is sent although further chunks are there already.</summary>
    private const int MaxBatchBytes = 16 << 10;

    private static readonly OpenAiError ShuttingDown =
        new("The server is shutting down.", OpenAiErrorType.Server, null, "shutting_down");

    /// <summary>
    /// A refusal to answer with, when nothing was sent yet; null when the stream has ended in its own way.
    /// </summary>
    public async Task<IResult?> AnswerAsync(HttpContext context, IModelProvider provider, ChatRequest request)
    {
        using var sse = new SseResponse(context);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, responses.Ended);
        ticker.Add(sse);
        try
        {
            await CopyAsync(provider.StreamAsync(request, cancel.Token), sse, cancel);
            sse.Add("[DONE]"u8);
            await sse.FlushAsync();
            return null;
        }
        catch (ModelFailureException exception)
        {
            var (_, error) = exception.Failure.ToError();
            return await EndAsync(sse, error) ? null : UpstreamRefusal.Of(exception.Failure);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (responses.Ended.IsCancellationRequested)
        {
            return await EndAsync(sse, ShuttingDown)
                ? null
                : OpenAiErrorResult.Unavailable(ShuttingDown.Message, TimeSpan.FromSeconds(1), ShuttingDown.Code);
        }
        finally
        {
            ticker.Remove(sse);
            await sse.CloseAsync();
        }
    }

    /// <summary>
    /// Sends chunks as they come. Those that are there at once go out together; the next one is asked for before the
    /// flush, so that waiting for it and for the reader overlap. Chunks before the first content are held back.
    /// </summary>
    private static async Task CopyAsync(
        IAsyncEnumerable<ChatChunk> source,
        SseResponse sse,
        CancellationTokenSource cancel)
    {
        await using var chunks = new ChunkPump(source, cancel);
        while (true)
        {
            chunks.Ask();
            if (sse is { HasContent: true, HasPending: true } && (!chunks.IsReady || sse.PendingBytes >= MaxBatchBytes))
            {
                await sse.FlushAsync();
            }

            if (!await chunks.TakeAsync())
            {
                return;
            }

            var chunk = chunks.Current;
            sse.Add(chunk.Json.Span);
            sse.HasContent |= (chunk.Parts & (ChatChunkParts.Content | ChatChunkParts.Finish)) != ChatChunkParts.None
                || sse.PendingBytes >= MaxBatchBytes;
        }
    }

    /// <summary>Ends a stream with an error event; false when nothing of it was sent or is about to be.</summary>
    private static async Task<bool> EndAsync(SseResponse sse, OpenAiError error)
    {
        await sse.CloseAsync();
        if (!sse.HasStarted && !sse.HasContent)
        {
            return false;
        }

        sse.Add(JsonSerializer.SerializeToUtf8Bytes(new(error), SseJsonContext.Default.OpenAiErrorBody));
        await sse.FlushAsync();
        return true;
    }
}

using System.Runtime.CompilerServices;
using Npgsql;
using Sluice.Inference.Chat;
using Sluice.Inference.Continuations;
using Sluice.Inference.Providers;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>The chunks by which a response goes on that another instance has begun. For one run.</summary>
internal sealed class ResponseContinuation(
    ClaimedResponse claimed, ResponseLog log, IModelCatalog catalog, TimeProvider time)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>What all its chunks begin with.</summary>
    public byte[] Head => claimed.Head;

    /// <exception cref="ResponseRefusedException">It cannot be gone on with here.</exception>
    /// <exception cref="ModelFailureException">As of its provider.</exception>
    public async IAsyncEnumerable<ChatChunk> StreamAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        // Configurations may differ from instance to instance while a new one is rolled out.
        if (!ChatRequest.TryRead(claimed.Key.ChatId, claimed.Request, out var request, out _)
            || !catalog.TryResolve(request.Model, out var provider) || !provider.CanContinue(request))
        {
            throw new ResponseRefusedException(Refusal.Interrupted);
        }

        var soFar = await LoadAsync(cancellation);
        if (soFar.IsFinished)
        {
            // Only the mark of its end is missing; usage that was to follow is lost.
            yield break;
        }

        await foreach (var chunk in provider.ContinueAsync(request, soFar, cancellation))
        {
            yield return chunk;
        }
    }

    /// <summary>What readers may have, from the log; it waits for a database that is away.</summary>
    private async Task<AnswerSoFar> LoadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await ReadAsync(cancellation);
            }
            catch (NpgsqlException)
            {
                await Task.Delay(RetryDelay, time, cancellation);
            }
        }
    }

    private async Task<AnswerSoFar> ReadAsync(CancellationToken cancellation)
    {
        var soFar = new AnswerSoFar(claimed.Head);
        for (var next = 0L; next < claimed.Next;)
        {
            foreach (var row in await log.ReadAsync(claimed.Key, next, cancellation))
            {
                foreach (var one in LogFormat.Read(row.Format, row.Payload))
                {
                    if (one.Kind == LogEventKind.ChatChunk)
                    {
                        soFar.Add((byte[])[.. claimed.Head, .. one.Data.Span]);
                    }
                }

                next = row.Seq + row.Count;
            }
        }

        return soFar;
    }
}

using System.Runtime.CompilerServices;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Providers;

namespace Sluice.Tests.Unit.Inference.Resilience;

/// <summary>A provider that emits the role, then so many tokens, and then fails, waits, or ends.</summary>
internal sealed class ScriptedBackend(string name = "scripted") : IModelBackend
{
    public string Name => name;

    public int Calls { get; private set; }

    /// <summary>What the next calls fail with; null for success.</summary>
    public ModelFailure? Failure { get; set; }

    /// <summary>Tokens before the failure or the end of a stream.</summary>
    public int Tokens { get; set; }

    /// <summary>What the next calls wait for, or are cancelled at.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public ValueTask<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation) =>
        AnswerAsync(cancellation);

    public ValueTask<ModelAnswer> EmbedAsync(EmbeddingRequest request, CancellationToken cancellation) =>
        AnswerAsync(cancellation);

    private async ValueTask<ModelAnswer> AnswerAsync(CancellationToken cancellation)
    {
        Calls++;
        await Gate.WaitAsync(cancellation);
        return Failure switch
        {
            null => new ModelAnswer { Status = 200, Body = "{}"u8.ToArray() },
            { Kind: ModelFailureKind.Refused } refused => new ModelAnswer { Status = refused.Status },
            _ => new ModelAnswer { Failure = Failure },
        };
    }

    public async IAsyncEnumerable<ChatChunk> StreamAsync(
        ChatRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Calls++;

        // One buffer for all chunks, as of real providers.
        var buffer = "r0"u8.ToArray();
        yield return new ChatChunk(buffer, ChatChunkParts.Role, 0);
        await Gate.WaitAsync(cancellation);
        buffer[0] = (byte)'c';
        for (var token = 0; token < Tokens; token++)
        {
            buffer[1] = (byte)('0' + token);
            yield return new ChatChunk(buffer, ChatChunkParts.Content, 0);
        }

        if (Failure is not null)
        {
            throw new ModelFailureException(Failure);
        }
    }
}

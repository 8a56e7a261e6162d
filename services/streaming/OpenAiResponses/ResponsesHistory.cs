using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Postgres;
using Sluice.Inference.Responses;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Data;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>
/// The conversation that a response continues: the stored responses that <c>previous_response_id</c> leads to. Bounded
/// by <c>Streaming:MaxConversationTurns</c> and, in bytes, by <c>Streaming:MaxRequestBytes</c>. Thread-safe.
/// </summary>
internal sealed class ResponsesHistory(
    NpgsqlDataSource dataSource, ResponseLog log, IOptions<StreamingOptions> options)
{
    private const string Sql =
        $"""
         SELECT request FROM {StreamingSchema.Name}.responses
         WHERE day = $1 AND id = $2 AND surface = 'Responses' AND store AND NOT deleted AND state = 'completed'
         """;

    /// <summary>The turns, oldest first; none when it continues nothing.</summary>
    /// <param name="tenant">Whose they are.</param>
    /// <param name="request">What continues them.</param>
    /// <param name="held">Counts their memory; takes nothing when this throws.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ResponseRefusedException">
    /// There is no such response, the conversation is too long, or memory is short (<see cref="Refusal.MemoryFull"/>).
    /// </exception>
    public async Task<IReadOnlyList<ResponsesTurn>> LoadAsync(
        string tenant, ResponsesRequest request, HeldBytes held, CancellationToken cancellation)
    {
        var before = held.Count;
        try
        {
            return await LoadAllAsync(tenant, request, held, cancellation);
        }
        catch
        {
            held.Return(held.Count - before);
            throw;
        }
    }

    private async Task<IReadOnlyList<ResponsesTurn>> LoadAllAsync(
        string tenant, ResponsesRequest request, HeldBytes held, CancellationToken cancellation)
    {
        var turns = new List<ResponsesTurn>();
        var bytes = 0L;
        for (var previous = request.PreviousResponseId; previous is not null;)
        {
            var (body, response) = await FindAsync(tenant, previous, cancellation)
                ?? throw new ResponseRefusedException(Refusal.NoPreviousResponse(previous));
            if (!held.TryTake(body.Length + response.Length))
            {
                throw new ResponseRefusedException(Refusal.MemoryFull);
            }

            turns.Add(ResponsesTurn.Of(body, response));
            bytes += body.Length + response.Length;
            if (turns.Count > options.Value.MaxConversationTurns || bytes > options.Value.MaxRequestBytes)
            {
                throw new ResponseRefusedException(Refusal.ConversationTooLong);
            }

            previous = ResponsesRequest.TryRead(previous, body, out var before, out _)
                ? before.PreviousResponseId
                : null;
        }

        turns.Reverse();
        return turns;
    }

    private async Task<(byte[] Request, ReadOnlyMemory<byte> Response)?> FindAsync(
        string tenant, string id, CancellationToken cancellation)
    {
        if (!ResponseKey.TryParse(id, ResponseSurface.Responses, out var key)
            || await log.FindAsync(key, cancellation) is not { IsGone: false } stored || stored.Tenant != tenant)
        {
            return null;
        }

        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = key.Day });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key.Id });
        return await command.ReadBytesAsync(cancellation) is { } request
            && await log.ReadLastAsync(key, cancellation) is { } last
            ? (request, ResponsesEvents.ResponseOf(last.Data))
            : null;
    }
}

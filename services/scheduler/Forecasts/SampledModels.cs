using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Lines;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// The models that a batch uses, by a sample of its lines: the first one of up to five shards over the whole file. Kept
/// in memory as long as the batch is in progress. Thread-safe.
/// </summary>
internal sealed class SampledModels(NpgsqlDataSource dataSource, IBlobStore blobs)
{
    private const int Samples = 5;

    private readonly ConcurrentDictionary<Guid, IReadOnlyCollection<string>> _models = new();

    /// <summary>Empty for a batch that was not sampled.</summary>
    public IReadOnlyCollection<string> Of(Guid batch) => _models.GetValueOrDefault(batch, []);

    /// <summary>Samples the batches that are new in progress, and forgets those that are not any more.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var batches = await InProgressAsync(cancellationToken);
        foreach (var gone in _models.Keys.Except(batches))
        {
            _models.TryRemove(gone, out _);
        }

        foreach (var batch in batches.Where(batch => !_models.ContainsKey(batch)))
        {
            _models[batch] = await SampleAsync(batch, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<Guid>> InProgressAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Guid>(new(
            $"""
             SELECT id FROM {SchedulerSchema.Name}.batches
             WHERE current_state = '{nameof(BatchStateMachine.InProgress)}'
             """,
            cancellationToken: cancellationToken))).AsList();
    }

    private async Task<IReadOnlyCollection<string>> SampleAsync(Guid batch, CancellationToken cancellationToken)
    {
        var models = new List<string>();
        foreach (var shard in await ShardsAsync(batch, cancellationToken))
        {
            var lines = InputLines.ReadAsync(
                blobs, shard.BlobId, shard.ByteOffset, shard.ByteLength, shard.FirstLine, cancellationToken);
            try
            {
                await foreach (var line in lines)
                {
                    if (BatchRequest.TryParse(line.Bytes, out var request)
                        && LineModel.Of(request.Body.Span) is { } model)
                    {
                        models.Add(model);
                    }

                    break;
                }
            }
            catch (EndOfStreamException)
            {
                // The input is gone: its lines will say so.
            }
        }

        return models;
    }

    private async Task<IReadOnlyList<Shard>> ShardsAsync(Guid batch, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Shard>(new(
            $"""
             SELECT blob_id AS BlobId, first_line AS FirstLine, byte_offset AS ByteOffset, byte_length AS ByteLength
             FROM {SchedulerSchema.Name}.shards WHERE batch_id = @batch AND no IN (
                 SELECT DISTINCT (total_shards - 1) * n / ({Samples} - 1)
                 FROM {SchedulerSchema.Name}.batches, generate_series(0, {Samples} - 1) AS n WHERE id = @batch)
             """,
            new { batch },
            cancellationToken: cancellationToken))).AsList();
    }

    private sealed record Shard(Guid BlobId, long FirstLine, long ByteOffset, long ByteLength);
}

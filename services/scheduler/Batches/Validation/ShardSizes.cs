using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Lines;
using Sluice.BatchStore.Measures;
using Sluice.Scheduler.Forecasts;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// How many lines the shards of an input have. Each shard costs a message, a claim and a few statements whatever its
/// lines take, so quick lines come in larger shards: as many as a busy worker was measured to do in
/// <see cref="ValidationOptions.ShardFor"/>. What a worker has been given cannot be put in another order, so slow lines
/// come in smaller ones: half of the calls that a busy worker was measured to have open, as that holds four shards, and
/// so twice the lines that it can call. Where nothing was measured, <see cref="ValidationOptions.ShardLines"/>. Safe
/// for concurrent use.
/// </summary>
internal sealed class ShardSizes(
    IBlobStore blobs,
    NpgsqlDataSource dataSource,
    IOptions<ValidationOptions> options,
    IOptions<ForecastOptions> forecast)
{
    /// <summary>A batch keeps this many, so that several workers can share it to its end.</summary>
    private const int LeastShards = 128;

    /// <summary>A batch's counts are a sum over its shards (2.4 ms for so many), so slow lines make no more.</summary>
    private const int MostShards = 10_000;

    private const double ShardOfCalls = 0.5;

    /// <summary>The lines of its shards.</summary>
    /// <param name="blobId">The input. Its first line tells the model that all of them are taken to use.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="lines">Lines that it has; null where they were not counted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<int> OfAsync(Guid blobId, long bytes, long? lines, CancellationToken cancellationToken)
    {
        var (least, usual) = (options.Value.MinShardLines, options.Value.ShardLines);
        var most = Most(options.Value, lines ?? 0);
        if (lines is not { } known || (least >= usual && most == usual) || known <= least
            || await ModelAsync(blobId, bytes, cancellationToken) is not { } model)
        {
            return usual;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var measures = await MeasureTable.ReadAsync(connection, cancellationToken);
        var estimates = new LineEstimates(measures, forecast.Value);
        var perSecond = estimates.LinesPerWorker / estimates.Of([model], known).Seconds;
        var measured = options.Value.ShardFor.TotalSeconds * perSecond;
        var floor = estimates.Knows(model)
            ? Math.Clamp(
                Math.Max(estimates.CallsPerWorker * ShardOfCalls, known / MostShards), Math.Min(least, usual), usual)
            : usual;
        return (int)Math.Clamp(measured, floor, most);
    }

    private static int Most(ValidationOptions options, long lines) =>
        (int)Math.Clamp(lines / LeastShards, options.ShardLines, Math.Max(options.ShardLines, options.MaxShardLines));

    private async Task<string?> ModelAsync(Guid blobId, long bytes, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in InputLines.ReadAsync(blobs, blobId, 0, bytes, 1, cancellationToken))
            {
                return BatchRequest.TryParse(line.Bytes, out var request) ? LineModel.Of(request.Body.Span) : null;
            }
        }
        catch (EndOfStreamException)
        {
            // The file is gone, or a part of it: validation says so.
        }

        return null;
    }
}

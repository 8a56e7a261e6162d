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
/// <see cref="ValidationOptions.ShardFor"/>. Where nothing was measured, <see cref="ValidationOptions.ShardLines"/>.
/// Safe for concurrent use.
/// </summary>
internal sealed class ShardSizes(
    IBlobStore blobs,
    NpgsqlDataSource dataSource,
    IOptions<ValidationOptions> options,
    IOptions<ForecastOptions> forecast)
{
    /// <summary>A batch keeps this many, so that several workers can share it to its end.</summary>
    private const int LeastShards = 128;

    /// <summary>The lines of its shards.</summary>
    /// <param name="blobId">The input. Its first line tells the model that all of them are taken to use.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="lines">Lines that it has; null where they were not counted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<int> OfAsync(Guid blobId, long bytes, long? lines, CancellationToken cancellationToken)
    {
        var most = Most(options.Value, lines ?? 0);
        if (most == options.Value.ShardLines || await ModelAsync(blobId, bytes, cancellationToken) is not { } model)
        {
            return options.Value.ShardLines;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var measures = await MeasureTable.ReadAsync(connection, cancellationToken);
        var estimates = new LineEstimates(measures, forecast.Value);
        var perSecond = estimates.LinesPerWorker / estimates.Of([model], lines!.Value).Seconds;
        var measured = options.Value.ShardFor.TotalSeconds * perSecond;
        return (int)Math.Clamp(measured, options.Value.ShardLines, most);
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

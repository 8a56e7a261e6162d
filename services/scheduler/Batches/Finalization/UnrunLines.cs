using System.Buffers;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.DeadLetters;
using Sluice.BatchStore.Lines;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.Batches.Finalization;

/// <summary>
/// Writes the error entries of the lines of closed shards that have no result. Safe for concurrent use.
/// </summary>
internal sealed class UnrunLines(
    NpgsqlDataSource dataSource, IBlobStore blobs, ResultPages pages, IOptions<FinalizationOptions> options)
{
    /// <summary>Code of lines that their client did not want any more: those are no dead letters.</summary>
    public const string Cancelled = "batch_cancelled";

    /// <summary>
    /// All closed shards of the batch become done, one transaction each, with an entry per line that never ran.
    /// </summary>
    public async Task ReportAsync(Guid batchId, string code, string message, CancellationToken cancellationToken)
    {
        var after = -1;
        while (await ReadAsync(batchId, after, cancellationToken) is { Count: > 0 } closed)
        {
            foreach (var shard in closed)
            {
                await ReportAsync(shard, code, message, cancellationToken);
            }

            after = closed[^1].Key.No;
        }
    }

    private async Task<IReadOnlyList<ShardRange>> ReadAsync(
        Guid batchId, int after, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await ShardTable.ClosedAsync(connection, batchId, after, options.Value.ReadChunk, cancellationToken);
    }

    /// <summary>
    /// Closed → Done, in one transaction with the entries; does nothing when that has happened before.
    /// </summary>
    private async Task ReportAsync(ShardRange shard, string code, string message, CancellationToken cancellationToken)
    {
        // Exact: the shard was closed in an earlier transaction, so no worker adds to it any more.
        var committed = await pages.CommittedAsync(shard.Key, cancellationToken);
        var numbers = new List<int>();
        var entries = new ArrayBufferWriter<byte>();
        var letters = new List<LineLetter>();
        if (committed.Lines.Count < shard.Lines)
        {
            var lines = InputLines.ReadAsync(
                blobs, shard.BlobId, shard.ByteOffset, shard.ByteLength, shard.FirstLine, cancellationToken);
            await foreach (var line in lines)
            {
                var number = (int)line.Number;
                if (!committed.Lines.Contains(number))
                {
                    // Validated before; the custom_id of what were no object would be null.
                    _ = BatchRequest.TryParse(line.Bytes, out var request);
                    ResultLine.WriteError(entries, shard.Key.BatchId, number, request.CustomId.Span, code, message);
                    numbers.Add(number);
                    if (code != Cancelled)
                    {
                        letters.Add(new(
                            number, LetterText.OfJson(request.CustomId.Span), line.Offset, line.Bytes.Length, code,
                            message, Attempts: 0));
                    }
                }
            }
        }

        await pages.AppendClosedAsync(
            shard, committed.NextPage, [.. numbers], entries.WrittenMemory, letters, reopens: code == Cancelled,
            cancellationToken);
        if (letters.Count > 0)
        {
            SchedulerMetrics.LettersStored("line", code, letters.Count);
        }
    }
}

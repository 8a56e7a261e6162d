using System.Buffers;
using Sluice.BatchStore.Results;

namespace Sluice.Scheduler.Jobs;

/// <summary>
/// The results of a job's tasks: those that succeeded, then those that failed, each in the order of its pages. Reads in
/// constant memory, holding no connection of the database in between. Safe for concurrent use.
/// </summary>
internal sealed class JobResults(ResultPages pages)
{
    private const int CopyBytes = 128 * 1024;

    /// <summary>Most bytes of each kind of results that stand in a job itself.</summary>
    private const int MaxShownBytes = 128 * 1024;

    private static readonly ResultKind[] s_kinds = [ResultKind.Output, ResultKind.Error];

    /// <summary>Writes all results that are committed, one JSON object a line.</summary>
    public async Task SendAsync(Guid batchId, HttpContext http)
    {
        http.Response.ContentType = "application/x-ndjson";
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            foreach (var kind in s_kinds)
            {
                await using var content = pages.OpenRead(batchId, kind);
                while (await content.ReadAsync(buffer, http.RequestAborted) is var read and > 0)
                {
                    await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), http.RequestAborted);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The first results, as many as fit.</summary>
    public async Task<IReadOnlyList<RawResult>> FirstAsync(
        Guid batchId, int count, CancellationToken cancellationToken)
    {
        var results = new List<RawResult>();
        var buffer = ArrayPool<byte>.Shared.Rent(MaxShownBytes);
        try
        {
            foreach (var kind in s_kinds)
            {
                await using var content = pages.OpenRead(batchId, kind);
                var length = await content.ReadAtLeastAsync(
                    buffer.AsMemory(0, MaxShownBytes), MaxShownBytes, throwOnEndOfStream: false, cancellationToken);
                AddLines(results, buffer.AsSpan(0, length), count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return results;
    }

    /// <summary>Whole lines only: the last one may not have fitted.</summary>
    private static void AddLines(List<RawResult> results, ReadOnlySpan<byte> lines, int count)
    {
        while (results.Count < count && lines.IndexOf((byte)'\n') is var end and >= 0)
        {
            results.Add(new(lines[..end].ToArray()));
            lines = lines[(end + 1)..];
        }
    }
}

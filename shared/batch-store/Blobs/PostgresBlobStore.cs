using System.Buffers;
using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Sluice.BatchStore.Blobs;

/// <summary>Blobs as chunks of 1 MiB in <c>blob_chunks</c>.</summary>
internal sealed class PostgresBlobStore(NpgsqlDataSource dataSource, TimeProvider time) : IBlobStore
{
    /// <summary>Fixed: an offset names its chunk by division.</summary>
    internal const int ChunkBytes = 1024 * 1024;

    private const string Chunks = BatchStoreSchema.Name + ".blob_chunks";

    public async Task<BlobInfo> WriteAsync(Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            var total = 0L;
            for (var no = 0; ; no++)
            {
                var read = await content.ReadAtLeastAsync(
                    buffer.AsMemory(0, ChunkBytes), ChunkBytes, throwOnEndOfStream: false, cancellationToken);
                total += read;
                if (total > maxBytes)
                {
                    throw new BlobTooLargeException(maxBytes);
                }

                if (read > 0)
                {
                    await InsertChunkAsync(id, no, buffer.AsMemory(0, read), cancellationToken);
                }

                if (read < ChunkBytes)
                {
                    return new(id, total);
                }
            }
        }
        catch
        {
            // The caller's token may be the reason: undo regardless of it. A failing undo leaves an orphan and must not
            // hide the first error.
            await DeleteQuietlyAsync(id);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public Stream OpenRead(Guid blobId, long offset = 0, long length = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new BlobStream(this, blobId, offset, length);
    }

    public async Task<int> ReadRangeAsync(
        Guid blobId, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (destination.IsEmpty)
        {
            return 0;
        }

        var last = offset + destination.Length - 1;
        // substring() of an EXTERNAL value reads only the pieces that it needs; positions are 1-based.
        await using var command = dataSource.CreateCommand(
            $"""
             SELECT substring(body FROM CASE WHEN no = $2 THEN $4 ELSE 1 END
                                   FOR CASE WHEN no = $3 THEN $5 ELSE {ChunkBytes} END
                                       - CASE WHEN no = $2 THEN $4 - 1 ELSE 0 END)
             FROM {Chunks} WHERE blob_id = $1 AND no BETWEEN $2 AND $3 ORDER BY no
             """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = blobId });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)(offset / ChunkBytes) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)(last / ChunkBytes) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)(offset % ChunkBytes) + 1 });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)(last % ChunkBytes) + 1 });
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        var filled = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            await using var body = await reader.GetStreamAsync(0, cancellationToken);
            filled += await body.ReadAtLeastAsync(
                destination[filled..], destination.Length - filled, throwOnEndOfStream: false, cancellationToken);
        }

        return filled;
    }

    public async Task DeleteAsync(Guid blobId, CancellationToken cancellationToken)
    {
        // 64 MiB a step keeps each transaction short; the highest chunks first, so that a blob cut by a crash in
        // between is never read with a hole in it.
        await using var command = dataSource.CreateCommand(
            $"""
             DELETE FROM {Chunks} WHERE blob_id = $1 AND no >= (SELECT max(no) - 63 FROM {Chunks} WHERE blob_id = $1)
             """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = blobId });
        while (await command.ExecuteNonQueryAsync(cancellationToken) > 0)
        {
        }
    }

    public async Task<int> DeleteOrphansAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        // Ids are time-ordered, so the cut-off is an id too.
        await using var command = dataSource.CreateCommand(
            $"""
             SELECT c.blob_id FROM {Chunks} c
             WHERE c.no = 0 AND c.blob_id < $1
               AND NOT EXISTS (SELECT FROM {BatchStoreSchema.Name}.files f WHERE f.blob_id = c.blob_id)
             LIMIT 1000
             """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = FirstIdAt(before) });
        var orphans = new List<Guid>();
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                orphans.Add(reader.GetGuid(0));
            }
        }

        foreach (var orphan in orphans)
        {
            await DeleteAsync(orphan, cancellationToken);
        }

        return orphans.Count;
    }

    private static Guid FirstIdAt(DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        var milliseconds = time.ToUnixTimeMilliseconds();
        for (var i = 5; i >= 0; i--, milliseconds >>= 8)
        {
            bytes[i] = (byte)milliseconds;
        }

        return new(bytes, bigEndian: true);
    }

    private async Task InsertChunkAsync(
        Guid blobId, int no, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"INSERT INTO {Chunks} (blob_id, no, body) VALUES ($1, $2, $3)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = blobId });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = no });
        command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>>
        {
            TypedValue = body,
            NpgsqlDbType = NpgsqlDbType.Bytea,
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task DeleteQuietlyAsync(Guid blobId)
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), time);
            await DeleteAsync(blobId, limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            // DeleteOrphansAsync finds it later.
        }
    }
}

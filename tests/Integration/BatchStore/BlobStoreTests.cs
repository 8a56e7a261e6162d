using Shouldly;
using Sluice.BatchStore.Blobs;
using Xunit;

namespace Sluice.Tests.Integration.BatchStore;

public sealed class BlobStoreTests(BatchStoreFixture store) : IClassFixture<BatchStoreFixture>
{
    private const int MiB = 1024 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(MiB)]
    [InlineData((3 * MiB) + 17)]
    public async Task A_blob_reads_back_as_it_was_written(int length)
    {
        var content = Bytes(length);

        var blob = await store.Blobs.WriteAsync(new MemoryStream(content), long.MaxValue, default);

        blob.Bytes.ShouldBe(length);
        (await ReadAllAsync(store.Blobs.OpenRead(blob.Id))).ShouldBe(content);
    }

    [Fact]
    public async Task A_range_may_begin_and_end_inside_of_chunks()
    {
        var content = Bytes((3 * MiB) + 100);
        var blob = await store.Blobs.WriteAsync(new MemoryStream(content), long.MaxValue, default);
        foreach (var (offset, length) in new[] { (0, 10), (MiB - 5, 10), (MiB, MiB), (5, 3 * MiB), (3 * MiB, 100) })
        {
            var range = new byte[length];

            (await store.Blobs.ReadRangeAsync(blob.Id, offset, range, default)).ShouldBe(length);

            range.ShouldBe(content[offset..(offset + length)]);
            (await ReadAllAsync(store.Blobs.OpenRead(blob.Id, offset, length))).ShouldBe(range);
        }
    }

    [Fact]
    public async Task Reading_past_the_end_gives_what_there_is()
    {
        var content = Bytes(1000);
        var blob = await store.Blobs.WriteAsync(new MemoryStream(content), long.MaxValue, default);

        (await store.Blobs.ReadRangeAsync(blob.Id, 900, new byte[500], default)).ShouldBe(100);
        (await store.Blobs.ReadRangeAsync(blob.Id, 5 * MiB, new byte[500], default)).ShouldBe(0);
        (await ReadAllAsync(store.Blobs.OpenRead(blob.Id, 990, 50))).ShouldBe(content[990..]);
        (await ReadAllAsync(store.Blobs.OpenRead(Guid.NewGuid()))).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upload_past_its_bound_leaves_nothing()
    {
        var upload = store.Blobs.WriteAsync(new MemoryStream(Bytes((2 * MiB) + 1)), 2 * MiB, default);

        (await upload.ShouldThrowAsync<BlobTooLargeException>()).MaxBytes.ShouldBe(2 * MiB);
        (await OwnChunksAsync((2 * MiB) + 1)).ShouldBe(0);
    }

    [Fact]
    public async Task An_upload_that_is_cut_leaves_nothing()
    {
        var upload = store.Blobs.WriteAsync(new CutStream(3 * MiB), long.MaxValue, default);

        await upload.ShouldThrowAsync<IOException>();
        (await OwnChunksAsync(CutStream.Marker)).ShouldBe(0);
    }

    [Fact]
    public async Task Deleting_removes_a_blob_of_many_steps_and_only_it()
    {
        var kept = await store.Blobs.WriteAsync(new MemoryStream(Bytes(10)), long.MaxValue, default);
        var blob = await store.Blobs.WriteAsync(new MemoryStream(new byte[70 * MiB]), long.MaxValue, default);

        await store.Blobs.DeleteAsync(blob.Id, default);

        (await ReadAllAsync(store.Blobs.OpenRead(blob.Id))).ShouldBeEmpty();
        (await ReadAllAsync(store.Blobs.OpenRead(kept.Id))).Length.ShouldBe(10);
    }

    [Fact]
    public async Task Orphans_are_blobs_that_are_old_and_belong_to_no_file()
    {
        var orphan = await store.Blobs.WriteAsync(new MemoryStream(Bytes(10)), long.MaxValue, default);
        var owned = await store.Blobs.WriteAsync(new MemoryStream(Bytes(10)), long.MaxValue, default);
        await store.ExecuteAsync(
            """
            INSERT INTO scheduler.files (id, tenant, purpose, filename, bytes, status, created_at, kind, blob_id)
            VALUES (gen_random_uuid(), 't', 'batch', 'f', 10, 'processed', now(), 0, @Id)
            """,
            new { owned.Id });

        (await store.Blobs.DeleteOrphansAsync(DateTimeOffset.UnixEpoch, default)).ShouldBe(0);
        await store.Blobs.DeleteOrphansAsync(TimeProvider.System.GetUtcNow().AddMinutes(1), default);

        (await ReadAllAsync(store.Blobs.OpenRead(orphan.Id))).ShouldBeEmpty();
        (await ReadAllAsync(store.Blobs.OpenRead(owned.Id))).Length.ShouldBe(10);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream)
    {
        await using (stream)
        {
            var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            return copy.ToArray();
        }
    }

    /// <summary>Chunks that begin like those of an upload of this length, so that other tests do not count.</summary>
    private async Task<long> OwnChunksAsync(int length)
    {
        await using var command = store.DataSource.CreateCommand(
            "SELECT count(*) FROM scheduler.blob_chunks WHERE substring(body FROM 1 FOR 16) = $1");
        command.Parameters.Add(new() { Value = Bytes(length)[..16] });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A client that goes away in mid-upload.</summary>
    private sealed class CutStream(int after) : MemoryStream(Bytes(Marker))
    {
        public const int Marker = 4 * MiB;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position >= after
                ? throw new IOException("The client went away.")
                : base.ReadAsync(buffer[..Math.Min(buffer.Length, 64 * 1024)], cancellationToken);
    }
}

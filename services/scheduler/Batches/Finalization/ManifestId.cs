using System.Security.Cryptography;
using Sluice.BatchStore.Results;

namespace Sluice.Scheduler.Batches.Finalization;

/// <summary>
/// Ids of a batch's output and error file: functions of the batch, so that finalizing twice makes one file.
/// </summary>
internal static class ManifestId
{
    /// <summary>A version 8 UUID (RFC 9562): the first bits of SHA-256 over batch and kind.</summary>
    public static Guid For(Guid batchId, ResultKind kind)
    {
        Span<byte> name = stackalloc byte[17];
        batchId.TryWriteBytes(name, bigEndian: true, out _);
        name[16] = (byte)kind;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name, hash);
        var id = hash[..16];
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new(id, bigEndian: true);
    }
}

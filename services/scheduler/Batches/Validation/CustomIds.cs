using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// The custom_ids seen so far, as 128 bits of their SHA-256 with the line: about 50 bytes an id whatever its length.
/// Two different ids among a million collide with a probability below 10⁻²⁶. Not thread-safe.
/// </summary>
internal sealed class CustomIds
{
    private readonly Dictionary<UInt128, int> _lines = [];

    /// <summary>Records the id; false, with the line that has it, when it was there before.</summary>
    public bool TryAdd(UInt128 hash, int line, out int earlier)
    {
        if (_lines.TryAdd(hash, line))
        {
            earlier = 0;
            return true;
        }

        earlier = _lines[hash];
        return false;
    }

    public static UInt128 Hash(ReadOnlySpan<byte> id)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }
}

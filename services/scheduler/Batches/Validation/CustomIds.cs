using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// The custom_ids seen so far, as 128 bits of their SHA-256 with the line: 27 to 54 bytes an id whatever its length.
/// Two different ids among a million collide with a probability below 10⁻²⁶. Kept in parts that grow one by one: a
/// single table of a million would leave all its smaller ones behind as garbage, 100 MB of it. Not thread-safe.
/// </summary>
internal sealed class CustomIds
{
    private readonly Part[] _parts = new Part[256];

    /// <summary>Records the id; false, with the line that has it, when it was there before.</summary>
    /// <param name="hash">Of the id.</param>
    /// <param name="line">From 1.</param>
    /// <param name="earlier">The line that has it; 0 when there is none.</param>
    public bool TryAdd(UInt128 hash, int line, out int earlier)
    {
        earlier = _parts[(byte)(hash >> 120)].Add(hash, line);
        return earlier == 0;
    }

    public static UInt128 Hash(ReadOnlySpan<byte> id)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }

    /// <summary>Open addressing over hashes, which are spread as they are; a line of 0 is a free slot.</summary>
    private struct Part
    {
        private const int FirstSlots = 16;

        private UInt128[]? _hashes;
        private int[] _lines;
        private int _count;

        /// <summary>0, or the line that has the hash already.</summary>
        public int Add(UInt128 hash, int line)
        {
            // Three quarters full at most.
            if (_hashes is null || _count >= _hashes.Length / 4 * 3)
            {
                Grow();
            }

            var slot = Find(_hashes!, _lines, hash);
            if (_lines[slot] != 0)
            {
                return _lines[slot];
            }

            (_hashes![slot], _lines[slot]) = (hash, line);
            _count++;
            return 0;
        }

        private static int Find(UInt128[] hashes, int[] lines, UInt128 hash)
        {
            var slot = (int)(uint)hash & (hashes.Length - 1);
            while (lines[slot] != 0 && hashes[slot] != hash)
            {
                slot = (slot + 1) & (hashes.Length - 1);
            }

            return slot;
        }

        private void Grow()
        {
            var size = _hashes is null ? FirstSlots : _hashes.Length * 2;
            var (hashes, lines) = (new UInt128[size], new int[size]);
            for (var i = 0; i < _hashes?.Length; i++)
            {
                if (_lines[i] != 0)
                {
                    var slot = Find(hashes, lines, _hashes[i]);
                    (hashes[slot], lines[slot]) = (_hashes[i], _lines[i]);
                }
            }

            (_hashes, _lines) = (hashes, lines);
        }
    }
}

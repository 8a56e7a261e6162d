using System.Buffers.Binary;
using System.Globalization;

namespace Sluice.Scheduler.Watching;

/// <summary>
/// Id of an event: how far the database's log had come when the batch was looked at, and a hash of what was seen. The
/// first part never falls, whichever scheduler looked; by the second one a reader is not told twice what it knows.
/// </summary>
/// <param name="Lsn">Byte position in the write-ahead log, read before the batch.</param>
/// <param name="Content">First 8 bytes of the SHA-256 of what was seen.</param>
internal readonly record struct ProgressPosition(long Lsn, ulong Content)
{
    private const int LsnDigits = 16;

    public static ProgressPosition Of(long lsn, ReadOnlySpan<byte> hash) =>
        new(lsn, BinaryPrimitives.ReadUInt64BigEndian(hash));

    /// <summary>False for anything that <see cref="ToString"/> does not make.</summary>
    public static bool TryParse(string text, out ProgressPosition position)
    {
        position = default;
        if (text.Length != (LsnDigits * 2) + 1
            || text[LsnDigits] != '-'
            || !long.TryParse(
                text.AsSpan(0, LsnDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var lsn)
            || !ulong.TryParse(
                text.AsSpan(LsnDigits + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var content)
            || lsn < 0)
        {
            return false;
        }

        position = new(lsn, content);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Lsn:x16}-{Content:x16}");
}

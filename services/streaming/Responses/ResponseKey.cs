using System.Buffers;
using System.Globalization;

namespace Sluice.Streaming.Responses;

/// <summary>
/// A response's key in the log: a version 7 UUID, and the UTC day on which it was made, which the UUID tells.
/// </summary>
internal readonly record struct ResponseKey(Guid Id)
{
    public const string ChatPrefix = "chatcmpl-";

    public const string ResponsesPrefix = "resp_";

    private const int HexLength = 32;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public DateTimeOffset CreatedAt
    {
        get
        {
            // RFC 9562, section 5.7: the first 48 bits are Unix milliseconds, big-endian.
            Span<byte> bytes = stackalloc byte[16];
            Id.TryWriteBytes(bytes, bigEndian: true, out _);
            var milliseconds = 0L;
            foreach (var value in bytes[..6])
            {
                milliseconds = (milliseconds << 8) | value;
            }

            return DateTimeOffset.UnixEpoch.AddMilliseconds(milliseconds);
        }
    }

    public DateOnly Day => DateOnly.FromDateTime(CreatedAt.UtcDateTime);

    /// <summary>True for an id made within a day of <paramref name="now"/>: the log has a partition for it.</summary>
    public bool IsOf(DateTimeOffset now) => (now - CreatedAt).Duration() <= TimeSpan.FromDays(1);

    /// <summary>The public id.</summary>
    public string PublicId(ResponseSurface surface) =>
        Prefix(surface) + Id.ToString("N", CultureInfo.InvariantCulture);

    /// <summary>The lowest key of that millisecond: PostgreSQL, too, orders UUIDs by their bytes.</summary>
    public static ResponseKey Lowest(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(at).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6..].Clear();
        return new(new Guid(bytes, bigEndian: true));
    }

    public static ResponseKey New(TimeProvider time) => new(Guid.CreateVersion7(time.GetUtcNow()));

    /// <summary>The API whose prefix the id has; what has none is taken for a completion's.</summary>
    public static ResponseSurface SurfaceOf(string id) => id.StartsWith(ResponsesPrefix, StringComparison.Ordinal)
        ? ResponseSurface.Responses
        : ResponseSurface.Chat;

    /// <summary>Reads the prefix of the API and 32 lower-case hex digits of a version 7 UUID.</summary>
    public static bool TryParse(string? id, ResponseSurface surface, out ResponseKey key)
    {
        key = default;
        var prefix = Prefix(surface);
        if (id is null || id.Length != prefix.Length + HexLength
            || !id.StartsWith(prefix, StringComparison.Ordinal)
            || id.AsSpan(prefix.Length).ContainsAnyExcept(Hex)
            || !Guid.TryParseExact(id.AsSpan(prefix.Length), "N", out var guid) || guid.Version != 7)
        {
            return false;
        }

        key = new(guid);
        return true;
    }

    private static string Prefix(ResponseSurface surface) =>
        surface == ResponseSurface.Chat ? ChatPrefix : ResponsesPrefix;
}

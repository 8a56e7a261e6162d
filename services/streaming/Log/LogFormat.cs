using System.Buffers;
using System.Buffers.Binary;

namespace Sluice.Streaming.Log;

/// <summary>
/// How events lie in <c>response_events.payload</c>, version 1: for each event one byte of kind, the length of its data
/// as a big-endian 32-bit number, the data. Later versions get another number in the row's <c>format</c>.
/// </summary>
internal static class LogFormat
{
    public const short Version = 1;

    private const int FrameBytes = 5;

    /// <summary>Adds an event to <paramref name="payload"/>; returns the bytes that it takes there.</summary>
    public static int Write(ArrayBufferWriter<byte> payload, LogEventKind kind, ReadOnlySpan<byte> data)
    {
        var span = payload.GetSpan(FrameBytes + data.Length);
        span[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(span[1..], data.Length);
        data.CopyTo(span[FrameBytes..]);
        payload.Advance(FrameBytes + data.Length);
        return FrameBytes + data.Length;
    }

    /// <exception cref="InvalidDataException">Another version, or no whole number of events.</exception>
    public static IEnumerable<LogEvent> Read(short version, ReadOnlyMemory<byte> payload)
    {
        if (version != Version)
        {
            throw new InvalidDataException($"A log row has the format {version}; this program reads {Version}.");
        }

        while (!payload.IsEmpty)
        {
            var length = payload.Length < FrameBytes ? -1 : BinaryPrimitives.ReadInt32BigEndian(payload.Span[1..]);
            if (length < 0 || length > payload.Length - FrameBytes)
            {
                throw new InvalidDataException("A log row ends within an event.");
            }

            yield return new LogEvent((LogEventKind)payload.Span[0], payload.Slice(FrameBytes, length));
            payload = payload[(FrameBytes + length)..];
        }
    }
}

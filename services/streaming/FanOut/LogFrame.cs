using System.Buffers.Text;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.FanOut;

/// <summary>An event of a response as a server-sent event: a projection that needs only its input.</summary>
internal readonly ref struct LogFrame
{
    private const int MaxDigits = 20;
    private const int TypeStart = 9;

    private readonly long _seq;
    private readonly ReadOnlySpan<byte> _event;
    private readonly ReadOnlySpan<byte> _head;
    private readonly bool _isNumbered;
    private readonly ReadOnlySpan<byte> _data;

    /// <param name="surface">The form of the response's events.</param>
    /// <param name="seq">Position; the frame's <c>id:</c>.</param>
    /// <param name="kind">What the event is.</param>
    /// <param name="head">What the response's chunks begin with.</param>
    /// <param name="data">The event's data.</param>
    public LogFrame(
        ResponseSurface surface, long seq, LogEventKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> data)
    {
        _seq = seq;
        _data = data;
        if (kind == LogEventKind.ChatChunk)
        {
            _head = head;
        }
        else if (kind == LogEventKind.Completed)
        {
            _data = "[DONE]"u8;
        }
        else if (kind == LogEventKind.ResponsesEvent)
        {
            _event = data[TypeStart..][..data[TypeStart..].IndexOf((byte)'"')];
        }
        else if (surface == ResponseSurface.Responses)
        {
            // {"error":…} becomes {"type":"error","sequence_number":…,"error":…}.
            _event = "error"u8;
            _head = "{\"type\":\"error\",\"sequence_number\":"u8;
            _isNumbered = true;
            _data = data[1..];
        }

        Span<byte> digits = stackalloc byte[MaxDigits];
        Utf8Formatter.TryFormat(seq, digits, out var count);
        Length = "id: \ndata: \n\n".Length + count + _head.Length + _data.Length
            + (_event.IsEmpty ? 0 : "event: \n".Length + _event.Length)
            + (_isNumbered ? count + 1 : 0);
    }

    public int Length { get; }

    public void CopyTo(Span<byte> target)
    {
        if (!_event.IsEmpty)
        {
            target = Put(target, "event: "u8);
            target = Put(target, _event);
            target = Put(target, "\n"u8);
        }

        target = Put(target, "id: "u8);
        target = Put(target, _seq);
        target = Put(target, "\ndata: "u8);
        target = Put(target, _head);
        if (_isNumbered)
        {
            target = Put(target, _seq);
            target = Put(target, ","u8);
        }

        target = Put(target, _data);
        Put(target, "\n\n"u8);
    }

    private static Span<byte> Put(Span<byte> target, long number)
    {
        Utf8Formatter.TryFormat(number, target, out var digits);
        return target[digits..];
    }

    private static Span<byte> Put(Span<byte> target, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target);
        return target[bytes.Length..];
    }
}

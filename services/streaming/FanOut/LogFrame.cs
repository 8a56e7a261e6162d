using System.Buffers.Text;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.FanOut;

/// <summary>An event of a chat completion as a server-sent event: a projection that needs only its input.</summary>
internal readonly ref struct LogFrame
{
    private const int MaxDigits = 20;

    private readonly long _seq;
    private readonly ReadOnlySpan<byte> _head;
    private readonly ReadOnlySpan<byte> _data;

    /// <param name="seq">Position; the frame's <c>id:</c>.</param>
    /// <param name="kind">What the event is.</param>
    /// <param name="head">What the response's chunks begin with.</param>
    /// <param name="data">The event's data.</param>
    public LogFrame(long seq, LogEventKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> data)
    {
        _seq = seq;
        _head = kind == LogEventKind.ChatChunk ? head : default;
        _data = kind == LogEventKind.Completed ? "[DONE]"u8 : data;
        Span<byte> digits = stackalloc byte[MaxDigits];
        Utf8Formatter.TryFormat(seq, digits, out var count);
        Length = "id: \ndata: \n\n".Length + count + _head.Length + _data.Length;
    }

    public int Length { get; }

    public void CopyTo(Span<byte> target)
    {
        target = Put(target, "id: "u8);
        Utf8Formatter.TryFormat(_seq, target, out var digits);
        target = Put(target[digits..], "\ndata: "u8);
        target = Put(target, _head);
        target = Put(target, _data);
        Put(target, "\n\n"u8);
    }

    private static Span<byte> Put(Span<byte> target, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target);
        return target[bytes.Length..];
    }
}

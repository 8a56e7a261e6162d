using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>
/// The output of a connection that carries one answer at a time: what is flushed is sent by the thread that flushes it,
/// as long as the socket takes it at once. From the first byte on that it does not take, and once much is written
/// without a flush, everything goes through the transport's own pipe, which waits for the client and bounds what waits;
/// so nothing ever overtakes (ADR 0018). For one writer at a time, as Kestrel's lock makes it.
/// </summary>
/// <param name="transport">The transport's own pipe; nothing is in it yet.</param>
/// <param name="socket">The transport's socket, set not to block.</param>
internal sealed class SocketPipeWriter(PipeWriter transport, Socket socket) : PipeWriter
{
    /// <summary>A token in its chunk of HTTP takes about 350 bytes.</summary>
    private const int FirstBytes = 1 << 10;

    /// <summary>More than a reader is sent at a time; what a file is sent by, pieces of a pool suit better.</summary>
    private const int MaxBytes = 64 << 10;

    private byte[]? _buffer;
    private int _written;
    private bool _isLeft;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _isLeft ? transport.UnflushedBytes : _written;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_isLeft)
        {
            return transport.GetMemory(sizeHint);
        }

        var size = Math.Max(sizeHint, 1);
        if (_written + size > MaxBytes)
        {
            Leave();
            return transport.GetMemory(sizeHint);
        }

        _buffer ??= ArrayPool<byte>.Shared.Rent(Math.Max(size, FirstBytes));
        if (_buffer.Length - _written < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_written + size, 2 * _buffer.Length));
            _buffer.AsSpan(0, _written).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsMemory(_written);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (_isLeft)
        {
            transport.Advance(bytes);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_buffer?.Length ?? 0) - _written);
        _written += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_isLeft)
        {
            return transport.FlushAsync(cancellationToken);
        }

        if (_written == 0)
        {
            // Somebody may be writing into the buffer.
            return default;
        }

        var sent = Send();
        if (sent < _written)
        {
            Leave(sent);
            return transport.FlushAsync(cancellationToken);
        }

        // An idle connection holds no buffer.
        ArrayPool<byte>.Shared.Return(_buffer!);
        (_buffer, _written) = (null, 0);
        return default;
    }

    /// <summary>A flush only waits in the transport's pipe.</summary>
    public override void CancelPendingFlush() => transport.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        Leave();
        transport.Complete(exception);
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        Leave();
        return transport.CompleteAsync(exception);
    }

    /// <summary>
    /// Bytes that the socket took at once. Where it took no more for another reason than that it is full, the transport
    /// meets the same, and does about it what Kestrel does.
    /// </summary>
    private int Send()
    {
        var (sent, error) = (0, SocketError.Success);
        try
        {
            while (sent < _written && error == SocketError.Success)
            {
                sent += socket.Send(_buffer.AsSpan(sent, _written - sent), SocketFlags.None, out error);
            }
        }
        catch (ObjectDisposedException)
        {
            // The connection was aborted beside the flush.
        }

        return sent;
    }

    /// <summary>
    /// From now on all goes through the transport. The buffer is nobody's then, nor the pool's: at the end of a
    /// connection a request that runs over it may still write into it.
    /// </summary>
    private void Leave(int sent = 0)
    {
        if (sent < _written)
        {
            transport.Write(_buffer.AsSpan(sent, _written - sent));
        }

        (_buffer, _written, _isLeft) = (null, 0, true);
    }
}

using Sluice.ServiceDefaults.IO;

namespace Sluice.Scheduler.Files;

/// <summary>Counts the lines of what is read through it. Does not own the stream that it reads.</summary>
internal sealed class LineCountingStream(Stream inner) : ForwardStream
{
    private long _ends;
    private bool _isOpen;

    /// <summary>Line feeds so far, and one more for a last line without one.</summary>
    public long Lines => _ends + (_isOpen ? 1 : 0);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            var bytes = buffer.Span[..read];
            _ends += bytes.Count((byte)'\n');
            _isOpen = bytes[^1] != (byte)'\n';
        }

        return read;
    }
}

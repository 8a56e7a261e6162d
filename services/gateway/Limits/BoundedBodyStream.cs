using Sluice.ServiceDefaults.IO;

namespace Sluice.Gateway.Limits;

/// <summary>
/// Counts what is read of a body of unknown length and fails past the bound. Kestrel's own bound would do that too, but
/// would then close the connection under a client that is still sending, which loses the answer. One reader at a time.
/// </summary>
internal sealed class BoundedBodyStream(Stream inner, long maxBytes) : ForwardStream
{
    private long _read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        _read += count;
        return _read <= maxBytes ? count : throw new BodyTooLargeException(BodyLimitMiddleware.Message(maxBytes));
    }
}

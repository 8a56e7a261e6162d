namespace Sluice.Scheduler.Api;

/// <summary>Reads a small request body whole.</summary>
internal static class BoundedBody
{
    /// <summary>Null when there is more than <paramref name="maxBytes"/>; the rest is not read.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(
        HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
        }

        var buffer = new byte[Math.Min(request.ContentLength ?? 4096, maxBytes) + 1];
        var length = 0;
        while (await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken) is var read and > 0)
        {
            length += read;
            if (length > maxBytes)
            {
                return null;
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, maxBytes + 1));
            }
        }

        return buffer.AsMemory(0, length);
    }
}

using System.Net;

namespace Sluice.Tests.EndToEnd.BadInput;

/// <summary>A body without a Content-Length: one piece, sent so many times.</summary>
internal sealed class PieceContent(ReadOnlyMemory<byte> piece, int times) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var i = 0; i < times; i++)
        {
            await stream.WriteAsync(piece);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

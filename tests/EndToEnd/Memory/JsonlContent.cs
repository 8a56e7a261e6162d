using System.Globalization;
using System.Net;
using System.Text;
using Sluice.Tests.EndToEnd.Batches;

namespace Sluice.Tests.EndToEnd.Memory;

/// <summary>An input file of so many lines of a given length, made while it is sent.</summary>
internal sealed class JsonlContent(int lines, int lineBytes) : HttpContent
{
    public static string Message(int line, int length)
    {
        var word = line.ToString("x8", CultureInfo.InvariantCulture);
        return "@sim hash " + string.Concat(Enumerable.Repeat(word, (length / word.Length) + 1))[..length];
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        // Never disposed: that would close the stream below, which the rest of the form is still to be written to.
        var buffered = new BufferedStream(stream, 1 << 20);
        for (var i = 0; i < lines; i++)
        {
            await buffered.WriteAsync(Line(i));
        }

        await buffered.FlushAsync();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = (long)lines * lineBytes;
        return true;
    }

    private byte[] Line(int i)
    {
        var id = i.ToString("d8", CultureInfo.InvariantCulture);
        var frame = Encoding.UTF8.GetByteCount(BatchLedger.Line(id, Message(i, 0))) + 1;
        return Encoding.UTF8.GetBytes(BatchLedger.Line(id, Message(i, lineBytes - frame)) + "\n");
    }
}

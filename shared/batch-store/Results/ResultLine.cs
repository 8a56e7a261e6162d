using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Sluice.BatchStore.Results;

/// <summary>
/// Writes lines of the output and error files:
/// <c>{"id":"batch_req_…","custom_id":…,"response":{"status_code","request_id","body"}|null,"error":{…}|null}</c> and
/// <c>\n</c>; lines that failed after attempts end with <c>"x_sluice":{"attempts":…,"causes":[…]}</c>. The id is a
/// function of batch and line, so a line that runs again has the same one. Bodies and custom ids are spliced as the
/// JSON that they are; they must be valid JSON without line breaks outside of strings.
/// </summary>
public static class ResultLine
{
    private const int IdBytes = 32 + 8;

    /// <summary>The provider answered, with whatever status.</summary>
    /// <param name="destination">Where the line goes.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="line">1-based physical line number.</param>
    /// <param name="customId">The input's <c>custom_id</c> as raw JSON, quotes included.</param>
    /// <param name="statusCode">HTTP status of the answer.</param>
    /// <param name="requestId">The provider's request id; null makes one of batch and line.</param>
    /// <param name="body">The answer's body as raw JSON.</param>
    /// <param name="failed">For the error file: the attempts that failed; null leaves them out.</param>
    public static void WriteResponse(
        IBufferWriter<byte> destination, Guid batchId, int line, ReadOnlySpan<byte> customId, int statusCode,
        string? requestId, ReadOnlySpan<byte> body, FailedAttempts? failed = null)
    {
        ArgumentNullException.ThrowIfNull(destination);
        WriteHead(destination, batchId, line, customId);
        destination.Write(",\"response\":{\"status_code\":"u8);
        WriteNumber(destination, statusCode);
        destination.Write(",\"request_id\":"u8);
        if (requestId is null)
        {
            destination.Write("\"req_"u8);
            WriteId(destination, batchId, line);
            destination.Write("\""u8);
        }
        else
        {
            WriteString(destination, requestId);
        }

        destination.Write(",\"body\":"u8);
        WriteOneLine(destination, body);
        destination.Write("},\"error\":null"u8);
        WriteEnd(destination, failed);
    }

    /// <summary>No answer: the line never ran, or every attempt ended without one.</summary>
    /// <param name="destination">Where the line goes.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="line">1-based physical line number.</param>
    /// <param name="customId">The input's <c>custom_id</c> as raw JSON, quotes included.</param>
    /// <param name="code">Stable code, as <c>batch_cancelled</c>.</param>
    /// <param name="message">What happened, for people.</param>
    /// <param name="failed">The attempts that failed; null leaves them out.</param>
    public static void WriteError(
        IBufferWriter<byte> destination, Guid batchId, int line, ReadOnlySpan<byte> customId, string code,
        string message, FailedAttempts? failed = null)
    {
        ArgumentNullException.ThrowIfNull(destination);
        WriteHead(destination, batchId, line, customId);
        destination.Write(",\"response\":null,\"error\":{\"code\":"u8);
        WriteString(destination, code);
        destination.Write(",\"message\":"u8);
        WriteString(destination, message);
        destination.Write("}"u8);
        WriteEnd(destination, failed);
    }

    /// <summary>Our own member stands last, where readers that know it find it, and others do not mind it.</summary>
    private static void WriteEnd(IBufferWriter<byte> destination, FailedAttempts? failed)
    {
        if (failed is not null)
        {
            destination.Write(",\"x_sluice\":{\"attempts\":"u8);
            WriteNumber(destination, failed.Count);
            destination.Write(",\"causes\":["u8);
            for (var i = 0; i < failed.Causes.Count; i++)
            {
                destination.Write(i == 0 ? ""u8 : ","u8);
                WriteString(destination, failed.Causes[i]);
            }

            destination.Write("]}"u8);
        }

        destination.Write("}\n"u8);
    }

    private static void WriteHead(IBufferWriter<byte> destination, Guid batchId, int line, ReadOnlySpan<byte> customId)
    {
        destination.Write("{\"id\":\"batch_req_"u8);
        WriteId(destination, batchId, line);
        destination.Write("\",\"custom_id\":"u8);
        destination.Write(customId);
    }

    private static void WriteId(IBufferWriter<byte> destination, Guid batchId, int line)
    {
        var id = destination.GetSpan(IdBytes);
        Utf8Formatter.TryFormat(batchId, id, out _, 'N');
        Utf8Formatter.TryFormat((uint)line, id[32..], out _, new('x', 8));
        destination.Advance(IdBytes);
    }

    private static void WriteNumber(IBufferWriter<byte> destination, int value)
    {
        var digits = destination.GetSpan(11);
        Utf8Formatter.TryFormat(value, digits, out var written);
        destination.Advance(written);
    }

    private static void WriteString(IBufferWriter<byte> destination, string value)
    {
        destination.Write("\""u8);
        destination.Write(JsonEncodedText.Encode(value).EncodedUtf8Bytes);
        destination.Write("\""u8);
    }

    /// <summary>
    /// A provider may indent its JSON; inside strings JSON has no raw line breaks, so dropping them is safe.
    /// </summary>
    private static void WriteOneLine(IBufferWriter<byte> destination, ReadOnlySpan<byte> json)
    {
        while (json.IndexOfAny((byte)'\n', (byte)'\r') is var at and >= 0)
        {
            destination.Write(json[..at]);
            json = json[(at + 1)..];
        }

        destination.Write(json);
    }
}

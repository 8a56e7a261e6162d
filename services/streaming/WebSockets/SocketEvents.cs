using System.Buffers;
using System.Text.Json;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.WebSockets;

/// <summary>Writes events as messages.</summary>
internal static class SocketEvents
{
    /// <summary>An event of a response, with the lane as its last member.</summary>
    /// <param name="target">Where it is written.</param>
    /// <param name="data">A JSON object that is not empty.</param>
    /// <param name="lane">JSON text.</param>
    public static void WriteWithLane(IBufferWriter<byte> target, ReadOnlySpan<byte> data, ReadOnlySpan<byte> lane)
    {
        target.Write(data[..^1]);
        target.Write(",\"stream_id\":"u8);
        target.Write(lane);
        target.Write("}"u8);
    }

    /// <summary>
    /// A refusal: the members of the official <c>error</c> event, and as in a stream the whole error under
    /// <c>error</c>. It has no place among the events of a response, and the position 0.
    /// </summary>
    public static byte[] Error(Refusal refusal)
    {
        var error = refusal.Error;
        var status = (refusal.Answer as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status502BadGateway;
        return JsonSerializer.SerializeToUtf8Bytes(
            new SocketError("error", 0, status, error.Code, error.Message, error.Param, error),
            SocketJsonContext.Default.SocketError);
    }
}

using System.Buffers;
using System.Text;
using Shouldly;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class LogFormatTests
{
    /// <summary>
    /// A response as version 1 stores it. Logs like this lie in databases: it is never changed, and every later version
    /// of the program reads it to the same frames.
    /// </summary>
    private const string GoldenPayload =
        "01000000192C2263686F69636573223A5B7B22696E646578223A307D5D7D" + "02" + "00000000" + "03" + "0000000C"
        + "7B226572726F72223A7B7D7D";

    private const string GoldenHead = """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m" """;

    [Fact]
    public void The_golden_log_reads_to_the_same_frames()
    {
        var text = Frames(ResponseSurface.Chat, Encoding.UTF8.GetBytes(GoldenHead.TrimEnd()), GoldenPayload);

        text.ShouldBe(
            "id: 9\ndata: " + GoldenHead.TrimEnd() + ",\"choices\":[{\"index\":0}]}\n\n"
            + "id: 10\ndata: [DONE]\n\n" + "id: 11\ndata: {\"error\":{}}\n\n");
    }

    [Fact]
    public void What_is_written_is_what_the_golden_log_holds()
    {
        var payload = new ArrayBufferWriter<byte>();
        LogFormat.Write(payload, LogEventKind.ChatChunk, ",\"choices\":[{\"index\":0}]}"u8);
        LogFormat.Write(payload, LogEventKind.Completed, default);
        LogFormat.Write(payload, LogEventKind.Failed, "{\"error\":{}}"u8);

        Convert.ToHexString(payload.WrittenSpan).ShouldBe(GoldenPayload);
    }

    [Theory]
    [InlineData(2, "0200000000")]
    [InlineData(1, "02000000")]
    [InlineData(1, "0100000005AA")]
    [InlineData(1, "01FFFFFFFF")]
    public void What_is_no_log_is_refused(short version, string payload) =>
        Should.Throw<InvalidDataException>(() => LogFormat.Read(version, Convert.FromHexString(payload)).ToList());

    [Fact]
    public void The_golden_log_of_the_Responses_API_reads_to_the_same_frames()
    {
        const string Event = """{"type":"response.output_text.delta","sequence_number":9,"delta":"x"}""";
        var payload = new ArrayBufferWriter<byte>();
        LogFormat.Write(payload, LogEventKind.ResponsesEvent, Encoding.UTF8.GetBytes(Event));
        LogFormat.Write(payload, LogEventKind.Failed, """{"error":{"code":"c"}}"""u8);
        var golden = Convert.ToHexString(payload.WrittenSpan);

        golden.ShouldStartWith("0400000045" + Convert.ToHexString(Encoding.UTF8.GetBytes(Event)));
        Frames(ResponseSurface.Responses, [], golden).ShouldBe(
            "event: response.output_text.delta\nid: 9\ndata: " + Event + "\n\n"
            + "event: error\nid: 10\ndata: {\"type\":\"error\",\"sequence_number\":10,\"error\":{\"code\":\"c\"}}\n\n");
    }

    private static string Frames(ResponseSurface surface, byte[] head, string payload)
    {
        var text = new StringBuilder();
        var seq = 9L;
        foreach (var one in LogFormat.Read(1, Convert.FromHexString(payload)))
        {
            var frame = new LogFrame(surface, seq++, one.Kind, head, one.Data.Span);
            var bytes = new byte[frame.Length];
            frame.CopyTo(bytes);
            text.Append(Encoding.UTF8.GetString(bytes));
        }

        return text.ToString();
    }
}

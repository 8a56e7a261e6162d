using System.Buffers;
using System.Text;
using Shouldly;
using Sluice.BatchStore.Results;
using Xunit;

namespace Sluice.Tests.Unit.BatchStore;

public sealed class ResultLineTests
{
    private static readonly Guid Batch = new("01234567-89ab-cdef-0123-456789abcdef");

    [Fact]
    public void An_answer_is_spliced_into_its_line()
    {
        var line = Write(w => ResultLine.WriteResponse(w, Batch, 17, "\"a\""u8, 200, "req_x", "{\"n\":1}"u8));

        line.ShouldBe(
            """
            {"id":"batch_req_0123456789abcdef0123456789abcdef00000011","custom_id":"a",
            """
            + """
              "response":{"status_code":200,"request_id":"req_x","body":{"n":1}},"error":null}
              """ + "\n");
    }

    [Fact]
    public void A_missing_request_id_is_made_of_batch_and_line()
    {
        var line = Write(w => ResultLine.WriteResponse(w, Batch, 255, "\"a\""u8, 500, null, "{}"u8));

        line.ShouldContain("\"request_id\":\"req_0123456789abcdef0123456789abcdef000000ff\"");
        line.ShouldContain("\"status_code\":500");
    }

    [Fact]
    public void An_indented_answer_becomes_one_line()
    {
        var line = Write(w => ResultLine.WriteResponse(w, Batch, 1, "\"a\""u8, 200, null, "{\r\n  \"a\\n\": 1\n}"u8));

        line.ShouldContain("\"body\":{  \"a\\n\": 1}}");
        line.Count(c => c is '\n' or '\r').ShouldBe(1);
    }

    [Fact]
    public void An_error_has_no_response_and_its_text_is_escaped()
    {
        var line = Write(w => ResultLine.WriteError(w, Batch, 1, "null"u8, "batch_cancelled", "a \"b\"\n"));

        line.ShouldEndWith(
            """
            ,"custom_id":null,"response":null,"error":{"code":"batch_cancelled","message":"a \u0022b\u0022\n"}}
            """ + "\n");
    }

    private static string Write(Action<ArrayBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }
}

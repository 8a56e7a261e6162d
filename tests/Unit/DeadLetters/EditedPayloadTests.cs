using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Scheduler.DeadLetters.Replays;
using Xunit;

namespace Sluice.Tests.Unit.DeadLetters;

public sealed class EditedPayloadTests
{
    private static readonly JsonElement s_body = JsonDocument.Parse("""{"model":"m"}""").RootElement;

    [Theory]
    [InlineData("""{"custom_id":"a\u00e4","method":"POST","url":"/x","body":{"model":"old"}}""", """a\u00e4""")]
    [InlineData(null, "known")]
    public void A_line_keeps_all_but_its_body(string? line, string customId)
    {
        var edited = EditedPayload.Line(line is null ? null : Encoding.UTF8.GetBytes(line), "known", "/x", s_body);

        Encoding.UTF8.GetString(edited).ShouldBe(
            $$$"""{"custom_id":"{{{customId}}}","method":"POST","url":"/x","body":{"model":"m"}}""");
    }

    [Fact]
    public void A_task_keeps_all_but_its_data() =>
        Encoding.UTF8.GetString(EditedPayload.Task(
            """{"custom_id":"a","type":"echo","data":[1],"max_retries":2}"""u8.ToArray(), s_body))
            .ShouldBe("""{"custom_id":"a","type":"echo","data":{"model":"m"},"max_retries":2}""");

    [Fact]
    public void An_envelope_keeps_all_but_its_message()
    {
        var edited = EditedPayload.Message(
            """{"messageId":"1","message":{"old":true},"headers":{"a":1}}"""u8.ToArray(), s_body);

        Encoding.UTF8.GetString(edited!).ShouldBe("""{"messageId":"1","message":{"model":"m"},"headers":{"a":1}}""");
    }

    [Theory]
    [InlineData("poison")]
    [InlineData("[]")]
    [InlineData("""{"messageId":"1"}""")]
    public void What_is_no_envelope_cannot_be_edited(string body)
    {
        EditedPayload.Message(Encoding.UTF8.GetBytes(body), s_body).ShouldBeNull();
    }
}

using System.Text;
using Shouldly;
using Sluice.Scheduler.Batches.Creating;
using Sluice.ServiceDefaults.Errors;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class CreateBatchBodyTests
{
    private const string Required =
        """ "input_file_id":"file-1","endpoint":"/v1/chat/completions","completion_window":"24h" """;

    [Fact]
    public void A_good_body_is_read_and_unknown_members_are_ignored()
    {
        var body = CreateBatchBody.Parse(
            Bytes($$"""{ {{Required}}, "metadata":{"b":"1","a":"ü\u0000"}, "output_expires_after":{"seconds":1} }"""),
            out var refusal);

        refusal.ShouldBeNull();
        body.ShouldNotBeNull().InputFileId.ShouldBe("file-1");
        body.Metadata.ShouldNotBeNull().ShouldStartWith("{\"b\":\"1\",\"a\":");
        body.Metadata.ShouldNotContain("\0");
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("\"x\"", null)]
    [InlineData("{}", "input_file_id")]
    [InlineData("""{"input_file_id":null}""", "input_file_id")]
    [InlineData("""{"input_file_id":["a"]}""", "input_file_id")]
    [InlineData("""{"input_file_id":"\ud800"}""", "input_file_id")]
    [InlineData("""{"input_file_id":"f"}""", "endpoint")]
    [InlineData("""{"input_file_id":"f","endpoint":1,"completion_window":"24h"}""", "endpoint")]
    [InlineData("""{"input_file_id":"f","endpoint":"/v1/chat/completions"}""", "completion_window")]
    [InlineData("""{"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"1s"}""", "completion_window")]
    [InlineData("""{"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":24}""", "completion_window")]
    public void A_bad_body_is_refused_and_the_field_is_named(string body, string? param)
    {
        CreateBatchBody.Parse(Bytes(body), out var refusal).ShouldBeNull();

        refusal.ShouldNotBeNull().StatusCode.ShouldBe(400);
        refusal.Error.Param.ShouldBe(param);
    }

    [Theory]
    [InlineData("null", true)]
    [InlineData("{}", true)]
    [InlineData("[]", false)]
    [InlineData("\"a\"", false)]
    [InlineData("""{"a":1}""", false)]
    [InlineData("""{"a":null}""", false)]
    [InlineData("""{"":"x"}""", false)]
    public void Metadata_is_an_object_of_strings(string metadata, bool good) => ParseMetadata(metadata).ShouldBe(good);

    [Theory]
    [InlineData(16, 64, 512, true)]
    [InlineData(17, 1, 1, false)]
    [InlineData(1, 65, 1, false)]
    [InlineData(1, 1, 513, false)]
    public void Metadata_has_bounds(int keys, int keyLength, int valueLength, bool good) =>
        ParseMetadata(
            "{" + string.Join(',', Enumerable.Range(0, keys).Select(
                i => $"\"{i.ToString().PadLeft(keyLength, 'k')}\":\"{new string('v', valueLength)}\"")) + "}")
            .ShouldBe(good);

    [Theory]
    [InlineData("", "24h", 25)]
    [InlineData("", "immediate", 15)]
    [InlineData(""" "priority":"critical","metadata":{"priority":"low"},"service_tier":"flex", """, "24h", 5)]
    [InlineData(""" "priority":0, """, "24h", 0)]
    [InlineData(""" "priority":39, """, "24h", 39)]
    [InlineData(""" "priority":"12", """, "24h", 12)]
    [InlineData(""" "priority":null,"metadata":{"priority":"low"},"service_tier":"priority", """, "24h", 35)]
    [InlineData(""" "metadata":{"priority":"7"}, """, "24h", 7)]
    [InlineData(""" "metadata":{"a":"b"},"service_tier":"priority", """, "24h", 15)]
    [InlineData(""" "metadata":null,"service_tier":"flex", """, "immediate", 35)]
    [InlineData(""" "service_tier":"default", """, "24h", 25)]
    public void A_priority_is_its_own_that_of_the_metadata_or_that_of_the_tier(
        string members, string window, int number) =>
        ParsePriority(members, window, out _).ShouldNotBeNull().Priority.Number.ShouldBe(number);

    [Theory]
    [InlineData(""" "priority":"urgent", """, "priority")]
    [InlineData(""" "priority":"Critical", """, "priority")]
    [InlineData(""" "priority":"", """, "priority")]
    [InlineData(""" "priority":40, """, "priority")]
    [InlineData(""" "priority":-1, """, "priority")]
    [InlineData(""" "priority":1.5, """, "priority")]
    [InlineData(""" "priority":1e30, """, "priority")]
    [InlineData(""" "priority":true, """, "priority")]
    [InlineData(""" "priority":["low"], """, "priority")]
    [InlineData(""" "priority":"\ud800", """, "priority")]
    [InlineData(""" "metadata":{"priority":"P1"}, """, "metadata.priority")]
    [InlineData(""" "service_tier":"gold", """, "service_tier")]
    [InlineData(""" "service_tier":1, """, "service_tier")]
    public void An_unknown_priority_is_refused(string members, string param)
    {
        ParsePriority(members, "24h", out var refusal).ShouldBeNull();

        refusal.ShouldNotBeNull().Error.Param.ShouldBe(param);
        refusal.Error.Code.ShouldBe("unknown_priority");
    }

    private static CreateBatchBody? ParsePriority(string members, string window, out OpenAiErrorResult? refusal) =>
        CreateBatchBody.Parse(
            Bytes(
                $$"""
                { {{members}} "input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"{{window}}" }
                """),
            out refusal);

    private static bool ParseMetadata(string metadata)
    {
        var body = CreateBatchBody.Parse(Bytes($$"""{ {{Required}}, "metadata":{{metadata}} }"""), out var refusal);
        refusal?.Error.Param.ShouldBe("metadata");
        return body is not null;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

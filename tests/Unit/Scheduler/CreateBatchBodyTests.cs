using System.Text;
using Shouldly;
using Sluice.Scheduler.Batches.Creating;
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
    [InlineData("""{"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"1h"}""", "completion_window")]
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

    private static bool ParseMetadata(string metadata)
    {
        var body = CreateBatchBody.Parse(Bytes($$"""{ {{Required}}, "metadata":{{metadata}} }"""), out var refusal);
        refusal?.Error.Param.ShouldBe("metadata");
        return body is not null;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.BadInput;

/// <summary>
/// Input files as people write them: what is odd but readable runs, what is wrong is reported line by line.
/// </summary>
public sealed class InputFileTests(SluiceFixture sluice)
{
    private static readonly byte[] s_good = Encoding.UTF8.GetBytes(BatchLedger.Line("good", "@sim hash") + "\n");

    [Fact]
    public async Task Byte_order_mark_carriage_returns_and_a_last_line_without_end_are_read()
    {
        var text = "\uFEFF" + BatchLedger.Line("a", "@sim hash a") + "\r\n" + BatchLedger.Line("b", "@sim hash b");

        var batch = await RunAsync(Encoding.UTF8.GetBytes(text));

        batch["status"]!.GetValue<string>().ShouldBe("completed", batch.ToJsonString());
        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(2);
    }

    [Theory]
    [InlineData("\n", "blank_line", 2)]
    [InlineData("   \r\n", "blank_line", 2)]
    [InlineData("{\"custom_id\":\"x\"\n", "invalid_json_line", 2)]
    [InlineData("[1]\n", "not_an_object", 2)]
    [InlineData("{}\n", "missing_required_field", 2)]
    public async Task A_line_that_is_no_request_is_reported(string line, string code, int number) =>
        await FailsAsync([.. s_good, .. Encoding.UTF8.GetBytes(line)], code, number);

    [Fact]
    public async Task Invalid_utf8_is_reported() =>
        await FailsAsync([.. s_good, .. "{\"custom_id\":\""u8, 0xFF, 0xFE, .. "\"}\n"u8], "invalid_utf8", 2);

    [Fact]
    public async Task A_line_of_20_megabytes_is_reported()
    {
        var line = BatchLedger.Line("long", new string('x', 20_000_000)) + "\n";

        var batch = await FailsAsync([.. s_good, .. Encoding.UTF8.GetBytes(line)], "line_too_long", 2);

        batch["errors"]!["data"]![0]!["message"]!.GetValue<string>().Length.ShouldBeLessThan(500);
    }

    [Fact]
    public async Task A_custom_id_that_is_there_twice_is_reported() =>
        await FailsAsync([.. s_good, .. s_good], "duplicate_custom_id", 2);

    [Fact]
    public async Task Another_url_than_the_batch_s_is_reported()
    {
        var line = BatchLedger.Line("other", "x").Replace("chat/completions", "embeddings", StringComparison.Ordinal);

        await FailsAsync([.. s_good, .. Encoding.UTF8.GetBytes(line + "\n")], "mismatched_url", 2);
    }

    [Fact]
    public async Task A_streamed_line_is_reported()
    {
        var line = JsonNode.Parse(BatchLedger.Line("streamed", "x"))!;
        line["body"]!["stream"] = true;

        await FailsAsync([.. s_good, .. Encoding.UTF8.GetBytes(line.ToJsonString() + "\n")], "stream_not_supported", 2);
    }

    [Fact]
    public async Task More_than_50000_lines_are_reported()
    {
        var text = new StringBuilder();
        for (var i = 1; i <= 50_001; i++)
        {
            text.Append(BatchLedger.Line(i.ToString(CultureInfo.InvariantCulture), "x")).Append('\n');
        }

        await FailsAsync(Encoding.UTF8.GetBytes(text.ToString()), "too_many_lines", 50_001);
    }

    [Fact]
    public async Task A_file_of_nothing_but_blank_lines_is_reported() =>
        await FailsAsync("\n\n"u8.ToArray(), "blank_line", 1);

    [Fact]
    public async Task Every_bad_line_is_reported_with_its_number()
    {
        var text = new StringBuilder();
        for (var i = 1; i <= 50; i++)
        {
            text.Append(i % 5 == 0 ? "{broken" : BatchLedger.Line($"ok-{i}", "x")).Append('\n');
        }

        var batch = await RunAsync(Encoding.UTF8.GetBytes(text.ToString()));

        batch["status"]!.GetValue<string>().ShouldBe("failed");
        batch["errors"]!["data"]!.AsArray().Select(e => e!["line"]!.GetValue<int>())
            .ShouldBe([5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
    }

    [Fact]
    public async Task An_unknown_model_in_a_line_goes_to_the_error_file()
    {
        var text = BatchLedger.Line("good", "@sim hash") + "\n" + BatchLedger.Line("bad", "x", model: "nobody") + "\n";

        var batch = await RunAsync(Encoding.UTF8.GetBytes(text));

        batch["status"]!.GetValue<string>().ShouldBe("completed");
        var errors = await sluice.Api.LinesAsync(batch["error_file_id"]);
        errors.ShouldHaveSingleItem()["custom_id"]!.GetValue<string>().ShouldBe("bad");
        errors[0].ToJsonString().ShouldContain("model_not_found");
    }

    private async Task<JsonNode> FailsAsync(byte[] content, string code, int line)
    {
        var batch = await RunAsync(content);

        batch["status"]!.GetValue<string>().ShouldBe("failed", batch.ToJsonString());
        var error = batch["errors"]!["data"]!.AsArray()[0]!;
        error["code"]!.GetValue<string>().ShouldBe(code);
        error["line"]!.GetValue<int>().ShouldBe(line);
        error["message"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace();
        batch["output_file_id"].ShouldBeNull();
        batch["error_file_id"].ShouldBeNull();
        return batch;
    }

    private async Task<JsonNode> RunAsync(byte[] content)
    {
        var file = (await sluice.Api.TryUploadAsync(content)).Ok()["id"]!.GetValue<string>();
        return await sluice.Api.WaitForBatchAsync(await sluice.Api.CreateBatchAsync(file));
    }
}

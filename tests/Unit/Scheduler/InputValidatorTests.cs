using System.Text;
using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Batches.Validation;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class InputValidatorTests
{
    private const string Endpoint = "/v1/chat/completions";

    [Theory]
    [InlineData("\n", true)]
    [InlineData("\n", false)]
    [InlineData("\r\n", true)]
    [InlineData("\r\n", false)]
    public void Lines_may_end_in_either_way_and_the_last_one_in_none(string end, bool endLast)
    {
        var text = string.Join(end, Line("a"), Line("b"), Line("c")) + (endLast ? end : "");

        var validator = Validate(text);

        validator.ErrorCount.ShouldBe(0);
        validator.Lines.ShouldBe(3);
        var shard = validator.Shards.Take().ShouldHaveSingleItem();
        shard.ShouldBe(new ShardCut(0, 1, 3, 0, text.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void The_size_of_the_pieces_does_not_matter(int piece)
    {
        var text = Line("a") + "\r\n" + Line("b") + "\n\n" + Line("a") + "\nnonsense";

        var validator = Validate(text, piece: piece);

        validator.Lines.ShouldBe(5);
        validator.Errors.Select(e => (e.Line, e.Code)).ShouldBe(
            [(3, "blank_line"), (4, "duplicate_custom_id"), (5, "invalid_json_line")]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    public void A_file_without_lines_is_refused(string text) =>
        Validate(text).Errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            e => e.Code.ShouldBe("empty_file"),
            e => e.Line.ShouldBeNull());

    [Fact]
    public void A_byte_order_mark_belongs_to_no_shard()
    {
        var text = Line("a") + "\n";

        var validator = Validate("\uFEFF" + text, piece: 2);

        validator.ErrorCount.ShouldBe(0);
        validator.Shards.Take().ShouldBe([new ShardCut(0, 1, 1, 3, text.Length)]);
    }

    [Theory]
    [InlineData("\n", 1)]
    [InlineData("  \t\r\n", 1)]
    public void A_blank_line_is_an_error(string text, int line) =>
        Validate(text).Errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            e => e.Code.ShouldBe("blank_line"),
            e => e.Line.ShouldBe(line));

    [Theory]
    [InlineData("", 0, null)]
    [InlineData("\r", 0, null)]
    [InlineData("\uFEFF", 0, null)]
    [InlineData("", 1, "line_too_long")]
    public void The_length_of_a_line_counts_without_its_mark_and_end(string decoration, int over, string? code)
    {
        const int Max = 2000;
        var line = Line("a").PadRight(Max + over);
        var text = decoration is "\r" ? line + "\r\n" : decoration + line + "\n";

        foreach (var piece in new[] { 700, 100_000 })
        {
            var validator = Validate(text, new() { MaxLineBytes = Max }, piece);

            validator.Errors.Select(e => e.Code).ShouldBe(code is null ? [] : [code]);
        }
    }

    [Fact]
    public void The_lines_after_a_line_that_is_too_long_are_checked()
    {
        var text = new string('x', 20 * 1024 * 1024) + "\n" + Line("a") + "\n{}\n";

        var validator = Validate(text, piece: 65_536);

        validator.Errors.Select(e => (e.Line, e.Code)).ShouldBe(
            [(1, "line_too_long"), (3, "missing_required_field")]);
        validator.Errors[0].Message.ShouldContain("20971520");
    }

    [Fact]
    public void Errors_beyond_the_bound_are_counted_only()
    {
        var validator = Validate(string.Concat(Enumerable.Repeat("x\n", 50)), new() { MaxErrors = 10 });

        validator.Errors.Count.ShouldBe(10);
        validator.ErrorCount.ShouldBe(50);
    }

    [Fact]
    public void Why_the_check_ended_is_among_the_errors_however_many_lines_are_bad_before()
    {
        var stopped = Validate(string.Concat(Enumerable.Repeat("x\n", 50)), new() { MaxErrors = 10, MaxLines = 20 });
        var lost = Validate(string.Concat(Enumerable.Repeat("x\n", 50)), new() { MaxErrors = 10 });
        lost.Fail("input_file_lost", "Gone.");

        stopped.Errors.Count.ShouldBe(10);
        stopped.Errors[^1].Code.ShouldBe("too_many_lines");
        lost.Errors.Count.ShouldBe(10);
        lost.Errors[^1].Code.ShouldBe("input_file_lost");
        lost.ErrorCount.ShouldBe(51);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    [InlineData(400, 1)]
    public void Too_many_lines_are_one_error(int lines, int errors)
    {
        var text = string.Concat(Enumerable.Range(0, lines).Select(i => Line($"id-{i}") + "\n"));

        var validator = Validate(text, new() { MaxLines = 3 });

        validator.ErrorCount.ShouldBe(errors);
        validator.Stopped.ShouldBe(errors > 0);
        validator.Errors.ShouldAllBe(e => e.Code == "too_many_lines" && e.Line == 4);
    }

    [Fact]
    public void Shards_are_cut_by_lines_and_by_bytes()
    {
        string[] lines =
        [
            Line("a"), Line("b"), Line("c"), Line("d").PadRight(900), Line("e").PadRight(900), Line("f").PadRight(1500),
        ];
        var text = string.Concat(lines.Select(l => l + "\n"));

        var validator = Validate(text, new() { ShardBytes = 1024 }, shardLines: 2);

        var shards = validator.Shards.Take();
        shards.Select(s => (s.No, s.FirstLine, s.Lines)).ShouldBe(
            [(0, 1L, 2), (1, 3L, 1), (2, 4L, 1), (3, 5L, 1), (4, 6L, 1)]);
        shards.Select(s => text.Substring((int)s.ByteOffset, (int)s.ByteLength)).ShouldBe(
            [$"{lines[0]}\n{lines[1]}\n", $"{lines[2]}\n", $"{lines[3]}\n", $"{lines[4]}\n", $"{lines[5]}\n"]);
    }

    [Fact]
    public void Fifty_thousand_lines_cost_little_more_than_a_hash_each()
    {
        var text = Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Range(0, 50_000).Select(i => Line($"request-{i}") + "\n")));
        var pieces = text.Chunk(1 << 20).ToList();
        var validator = new InputValidator(LineCheck.For(Endpoint), 100, new());

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var piece in pieces)
        {
            validator.Feed(piece);
        }

        validator.Complete();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        validator.ErrorCount.ShouldBe(0);
        validator.Lines.ShouldBe(50_000);
        validator.Shards.Take().Count.ShouldBe(500);
        allocated.ShouldBeLessThan(16L * 1024 * 1024);
    }

    private static InputValidator Validate(
        string text, ValidationOptions? options = null, int piece = 4096, int shardLines = 100)
    {
        var validator = new InputValidator(LineCheck.For(Endpoint), shardLines, options ?? new());
        foreach (var bytes in Encoding.UTF8.GetBytes(text).Chunk(piece))
        {
            validator.Feed(bytes);
        }

        validator.Complete();
        return validator;
    }

    private static string Line(string customId) =>
        $$$"""{"custom_id":"{{{customId}}}","method":"POST","url":"{{{Endpoint}}}","body":{"model":"sluice-sim","messages":[{"role":"user","content":"Say something that is about as long as a prompt of a test."}]}}""";
}

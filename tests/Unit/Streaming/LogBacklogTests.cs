using System.Buffers;
using System.Text;
using Shouldly;
using Sluice.Streaming.Log;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class LogBacklogTests
{
    [Fact]
    public void What_was_taken_stays_as_it_is_while_more_is_added()
    {
        var backlog = new LogBacklog(start: 1, new LogOptions());
        Add(backlog, "first");

        var (seq, count, payload, row) = backlog.Take(next: 2, isEnd: false);
        Add(backlog, "second, which is longer");

        (seq, count, row).ShouldBe((1, 1, null));
        Texts(payload).ShouldBe(["first"]);
    }

    [Fact]
    public void A_row_holds_what_the_journal_has_and_what_comes_after_it()
    {
        var backlog = new LogBacklog(start: 1, new LogOptions());
        Journal(backlog, "a", next: 2, no: 4);
        Journal(backlog, "b", next: 3, no: 5);
        backlog.Since.ShouldBe(4);
        Add(backlog, "c");
        backlog.WantRow();

        var batch = Take(backlog, next: 4);

        Texts(batch.Payload).ShouldBe(["c"]);
        var row = batch.Row.ShouldNotBeNull();
        (row.Seq, row.Count).ShouldBe((1, 3));
        Texts(row.Payload).ShouldBe(["a", "b", "c"]);
        backlog.Committed(batch, no: 6);
        backlog.Since.ShouldBeNull();
        backlog.IsWritten.ShouldBeTrue();
        Journal(backlog, "d", next: 5, no: 7);
        Texts(backlog.RowWith(Frame("end")).Payload).ShouldBe(["d", "end"]);
    }

    [Fact]
    public void The_row_of_another_end_has_nothing_of_what_the_database_refused()
    {
        var backlog = new LogBacklog(start: 1, new LogOptions());
        Journal(backlog, "a", next: 2, no: 4);
        Add(backlog, "refused");
        backlog.WantRow();
        Take(backlog, next: 3).Row.ShouldNotBeNull();

        var row = backlog.RowWith(Frame("end"));

        (row.Seq, row.Count).ShouldBe((1, 2));
        Texts(row.Payload).ShouldBe(["a", "end"]);
    }

    private static void Journal(LogBacklog backlog, string text, long next, long no)
    {
        Add(backlog, text);
        backlog.Committed(Take(backlog, next), no);
    }

    private static LogBatch Take(LogBacklog backlog, long next)
    {
        var (seq, count, payload, row) = backlog.Take(next, isEnd: false);
        return new LogBatch(null!, seq, count, payload, null) { Row = row };
    }

    private static void Add(LogBacklog backlog, string text) =>
        backlog.Add(LogEventKind.ChatChunk, Encoding.UTF8.GetBytes(text));

    private static byte[] Frame(string text)
    {
        var payload = new ArrayBufferWriter<byte>();
        LogFormat.Write(payload, LogEventKind.Failed, Encoding.UTF8.GetBytes(text));
        return payload.WrittenSpan.ToArray();
    }

    private static string[] Texts(ReadOnlyMemory<byte> payload) =>
        [.. LogFormat.Read(LogFormat.Version, payload).Select(one => Encoding.UTF8.GetString(one.Data.Span))];
}

using System.Text;
using Shouldly;
using Sluice.Bench.Stream;
using Xunit;

namespace Sluice.Tests.Unit.Bench;

public sealed class AnswerTextTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

    private const string Chunked =
        Head + "Transfer-Encoding: chunked\r\n\r\n6\r\ndata: \r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1_000)]
    public void Chunks_are_joined_wherever_the_reads_cut_them(int size)
    {
        var answer = Read(Chunked, size);

        Text(answer).ShouldBe("data: abcdefghijklmnopqrstuvwxyz");
        answer.IsGood.ShouldBeTrue();
        answer.IsComplete.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public void Text_without_chunks_is_taken_as_it_is(int size)
    {
        var answer = Read(Head + "\r\nid: 1\ndata: 5\r\n", size);

        Text(answer).ShouldBe("id: 1\ndata: 5\r\n");
        answer.IsComplete.ShouldBeFalse();
    }

    [Fact]
    public void Another_status_is_not_good()
    {
        var answer = Read("HTTP/1.1 429 Too Many Requests\r\n\r\n", 1_000);

        answer.HasHead.ShouldBeTrue();
        answer.IsGood.ShouldBeFalse();
    }

    [Fact]
    public void Half_a_head_is_none()
    {
        var answer = Read("HTTP/1.1 200 OK\r\nContent", 1_000);

        answer.HasHead.ShouldBeFalse();
    }

    [Fact]
    public void What_is_kept_is_completed_by_the_next_read()
    {
        var answer = Read(Head + "\r\nabc", 1_000);

        answer.Keep(2);
        answer.Add("de"u8);

        Text(answer).ShouldBe("cde");
    }

    [Fact]
    public void After_a_reset_a_second_answer_is_read_like_the_first()
    {
        var answer = Read(Chunked, 1_000);

        answer.Reset();
        answer.Add(Encoding.ASCII.GetBytes(Chunked));

        Text(answer).ShouldBe("data: abcdefghijklmnopqrstuvwxyz");
    }

    private static AnswerText Read(string bytes, int size)
    {
        var answer = new AnswerText();
        foreach (var read in Encoding.ASCII.GetBytes(bytes).Chunk(size))
        {
            answer.Add(read);
        }

        return answer;
    }

    private static string Text(AnswerText answer) => Encoding.ASCII.GetString(answer.Text);
}

using System.Text;
using Shouldly;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class ResponseTests
{
    [Fact]
    public void One_that_the_database_has_refused_ends_with_that_end_and_gives_no_further_batch()
    {
        var response = TestResponse.New();
        Commit(response, "in a row, as the first is", no: 1);
        Commit(response, "in the journal", no: 2);
        response.Append(LogEventKind.ChatChunk, "refused"u8, release: true);
        response.WantRow();
        var refused = response.Take().ShouldNotBeNull();
        refused.Row.ShouldNotBeNull();

        var end = response.Reject(refused, Refusal.LogRefused);

        end.Row.ShouldNotBeNull().Count.ShouldBe(2, "one from the journal, and the end");
        response.Committed(end, 3, []).ShouldBeFalse();
        response.WantRow();
        response.Take().ShouldBeNull();
    }

    private static void Commit(Response response, string text, long no)
    {
        response.Append(LogEventKind.ChatChunk, Encoding.UTF8.GetBytes(text), release: true);
        response.Committed(response.Take().ShouldNotBeNull(), no, []);
    }
}

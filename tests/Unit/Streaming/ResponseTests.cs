using System.Text;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Durability.Instances;
using Sluice.Streaming;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class ResponseTests
{
    [Fact]
    public void One_that_the_database_has_refused_ends_with_that_end_and_gives_no_further_batch()
    {
        var time = new ManualTime();
        var bounds = new LogBounds(
            Options.Create(new LogOptions()), Options.Create(new StreamingOptions()), time);
        var lease = new InstanceLease(Guid.CreateVersion7(), CancellationToken.None);
        var identity = new ResponseIdentity(ResponseKey.New(time), "tenant", "model", IsLogged: true);
        var response = new Response(identity, lease, bounds, new CancellationTokenSource());
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

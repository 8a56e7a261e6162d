using Microsoft.Extensions.Options;
using Sluice.Durability.Instances;
using Sluice.Streaming;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.TestKit;

namespace Sluice.Tests.Unit.Streaming;

/// <summary>Responses that a test generates and commits itself.</summary>
internal static class TestResponse
{
    public static Response New(ReadOnlyMemory<byte> request = default)
    {
        var time = new ManualTime();
        var identity = new ResponseIdentity(ResponseKey.New(time), "tenant", "model", IsLogged: true)
        {
            Request = request,
        };
        return new Response(
            identity,
            new InstanceLease(Guid.CreateVersion7(), CancellationToken.None),
            new LogBounds(Options.Create(new LogOptions()), Options.Create(new StreamingOptions()), time),
            new CancellationTokenSource());
    }
}

using Microsoft.Extensions.Options;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.FanOut;

/// <summary>What every <see cref="ResponseFeed"/> reads with.</summary>
internal sealed class FeedSources(
    ResponseLog log,
    Followers followers,
    ReadersElsewhere elsewhere,
    IOptions<LogOptions> options,
    TimeProvider time)
{
    public ResponseLog Log => log;

    public Followers Followers => followers;

    public ReadersElsewhere Elsewhere => elsewhere;

    public LogOptions Options => options.Value;

    public TimeProvider Time => time;
}

using System.ComponentModel.DataAnnotations;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// Configuration section <c>Followers</c>: responses of other instances that are followed at their owner for readers
/// that came here.
/// </summary>
internal sealed class FollowerOptions
{
    public const string Section = "Followers";

    /// <summary>
    /// Where other instances reach this one's <c>Streaming:Http2Url</c>. Default: that, with the machine's own address
    /// where it listens on all of them. Where nobody can reach it readers at other instances poll the log.
    /// </summary>
    public string? AdvertisedUrl { get; init; }

    /// <summary>
    /// Responses followed at once; readers of one more poll the log. Default 2,000; 0 (none) to 100,000.
    /// </summary>
    [Range(0, 100_000)]
    public int MaxFollowed { get; init; } = 2_000;

    /// <summary>
    /// Bytes of a followed response kept in memory; a reader that is behind goes on from the database. Default 65,536;
    /// 32 KiB to 64 MiB.
    /// </summary>
    [Range(32 << 10, 64 << 20)]
    public int WindowBytes { get; init; } = 64 << 10;

    /// <summary>
    /// Largest event that is followed, in bytes; readers of a response with a larger one poll the log. Default
    /// 4,194,304 (4 MiB); 64 KiB to 64 MiB.
    /// </summary>
    [Range(64 << 10, 64 << 20)]
    public int MaxEventBytes { get; init; } = 4 << 20;

    /// <summary>
    /// How soon readers try to follow again after a follower has failed, unless the response has another owner by then;
    /// they poll meanwhile. Default 500 ms; 10 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan RetryEvery { get; init; } = TimeSpan.FromMilliseconds(500);
}

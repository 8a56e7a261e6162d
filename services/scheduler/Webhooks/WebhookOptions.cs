using System.ComponentModel.DataAnnotations;
using Sluice.ServiceDefaults.Options;

namespace Sluice.Scheduler.Webhooks;

/// <summary>Telling tenants of the ends of their batches (section <c>Webhooks</c>).</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Webhooks";

    /// <summary>Webhooks of one tenant. Default 10, 1 to 1,000.</summary>
    [Range(1, 1_000)]
    public int MaxPerTenant { get; init; } = 10;

    /// <summary>
    /// Networks that webhooks may reach although they are not public (loopback, private, link-local, …), each as
    /// <c>10.0.0.0/8</c>. Default none.
    /// </summary>
    public IReadOnlyList<string> AllowedNetworks { get; init; } = [];

    /// <summary>Whether a webhook may have an <c>http</c> address, which anybody on the way can read. Default false.
    /// </summary>
    public bool AllowHttp { get; init; }

    /// <summary>
    /// Keys that encrypt the secrets of webhooks in the database, Base64 of 32 bytes each: the first one encrypts, all
    /// of them decrypt, so that a new one is put in front and the old one is kept. Default none: a key is derived from
    /// <c>Internal:Secret</c>, and deliveries fail once that is changed. The same for all schedulers.
    /// </summary>
    [Masked]
    public IReadOnlyList<string> SecretKeys { get; init; } = [];

    /// <summary>How long an attempt may take, from the name's resolution to the answer's status. Default 10 s, 100 ms
    /// to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts, the first one included; then the delivery has failed for good. Default 10, 1 to 50.</summary>
    [Range(1, 50)]
    public int MaxAttempts { get; init; } = 10;

    /// <summary>
    /// Pause before the second attempt; each further one is four times as long, up to <see cref="MaxRetryDelay"/>, and
    /// a tenth is left to chance. Default 5 s, 10 ms to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause between attempts. Default 6 h, 10 ms to 3 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "3.00:00:00")]
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Attempts at once in this process; receivers that do not answer hold one each. Default 64, 1 to 1,000.
    /// </summary>
    [Range(1, 1_000)]
    public int Concurrency { get; init; } = 64;

    /// <summary>How long deliveries that are over are kept to be looked at. Default 7 days, 1 h to 365 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);
}

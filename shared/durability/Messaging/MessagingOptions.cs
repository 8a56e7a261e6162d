using System.ComponentModel.DataAnnotations;
using MassTransit;

namespace Sluice.Durability.Messaging;

/// <summary>
/// Configuration section <c>Messaging</c>: queues, consumers, retries, and what happens when an endpoint dies.
/// </summary>
public sealed class MessagingOptions
{
    public const string Section = "Messaging";

    private static readonly TimeSpan[] DefaultRetries =
        [TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1)];

    private static readonly TimeSpan[] DefaultRedeliveries =
        [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2)];

    /// <summary>
    /// Further nodes of the broker's cluster, <c>host:port</c> each: who loses a connection goes on at whatever node
    /// answers. Default none (a load balancer, or one node); at most 16.
    /// </summary>
    [MaxLength(16)]
    public string[] Nodes { get; init; } = [];

    /// <summary>Kind of every work queue; a queue that exists cannot change it. Default Quorum.</summary>
    [EnumDataType(typeof(QueueType))]
    public QueueType QueueType { get; init; } = QueueType.Quorum;

    /// <summary>
    /// Deliveries of one message without an answer (the consumer's process died each time) after which a quorum queue
    /// puts it into <c>&lt;queue&gt;_undelivered</c>. Default 20, range 1 to 1,000.
    /// </summary>
    [Range(1, 1000)]
    public int DeliveryLimit { get; init; } = 20;

    /// <summary>
    /// Unacknowledged messages per endpoint, unless its definition says otherwise. Default 32, range 1 to 10,000.
    /// </summary>
    [Range(1, 10_000)]
    public int Prefetch { get; init; } = 32;

    /// <summary>
    /// Messages consumed at once per endpoint, unless its definition says otherwise. Default 16, range 1 to 10,000.
    /// </summary>
    [Range(1, 10_000)]
    public int Concurrency { get; init; } = 16;

    /// <summary>
    /// Pauses between tries that hold the delivery. Default 0.05, 0.25, 1 s; at most 10, each 0 to 30 s. They are
    /// fixed: MassTransit 8.4.0 computes exponential intervals once, without jitter between messages.
    /// </summary>
    [MaxLength(10)]
    public TimeSpan[]? RetryIntervals { get; init; }

    /// <summary>
    /// Delays of redeliveries after the retries, as outbox rows. Default 5, 30, 120 s; at most 10, each 0 to 1 d. After
    /// the last the message goes to <c>&lt;queue&gt;_error</c>.
    /// </summary>
    [MaxLength(10)]
    public TimeSpan[]? RedeliveryIntervals { get; init; }

    /// <summary>
    /// How long a delivery is held, with a try about every second, while the database is away, before that counts as a
    /// failure. Default 5 min, range 0 to 25 min (the broker takes a delivery back after 30).
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:25:00")]
    public TimeSpan DatabaseOutage { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>AMQP heartbeat. Default 10 s, range 1 s to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an endpoint whose connection broke, or could not be opened, waits before it tries again, besides a
    /// second of MassTransit's own. Default 1 s, range 50 ms to 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:30")]
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A connection over which the broker confirms nothing twice within this time is closed for a new one; the next at
    /// the earliest this much later, twice as much after that, and so on to 32 times. Default 15 s, range 1 s to 1 h;
    /// above Outbox:PublishTimeout and 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a stopping endpoint waits for its consumers before their token is cancelled; also what lets an endpoint
    /// recover whose channel the broker has closed. Default 8 s, range 0.1 s to 5 min; at most StopTimeout.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan ConsumerStopTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long the bus may take to stop. Default 15 s, range 0.2 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:10:00")]
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a receive endpoint may stay other than healthy, while the broker itself answers, before the process
    /// ends itself to be started anew. Default 60 s, range 1 s to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan EndpointRecoveryTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the endpoints are looked at. Default 1 s, range 0.05 s to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan EndpointCheckEvery { get; init; } = TimeSpan.FromSeconds(1);

    internal TimeSpan[] Retries => RetryIntervals ?? DefaultRetries;

    /// <summary>
    /// Whether a failure of what a standard pipeline delivers now would put the message among the dead letters.
    /// </summary>
    public bool IsLastTry(ConsumeContext context) =>
        context.GetRetryAttempt() >= Retries.Length && context.GetRedeliveryCount() >= Redeliveries.Length;

    internal TimeSpan[] Redeliveries => RedeliveryIntervals ?? DefaultRedeliveries;
}

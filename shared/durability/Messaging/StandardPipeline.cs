namespace MassTransit;

/// <summary>
/// Numbers of one endpoint that differ from <see cref="Sluice.Durability.Messaging.MessagingOptions"/>.
/// </summary>
public sealed class StandardPipeline
{
    internal StandardPipeline(TimeSpan[] retries, TimeSpan[] redeliveries) =>
        (Retries, Redeliveries) = (retries, redeliveries);

    /// <summary>Pauses between tries that hold the delivery; empty for none.</summary>
    public IReadOnlyList<TimeSpan> Retries { get; set; }

    /// <summary>Delays of redeliveries by the outbox; empty for none. Ignored in a process without an outbox.</summary>
    public IReadOnlyList<TimeSpan> Redeliveries { get; set; }
}

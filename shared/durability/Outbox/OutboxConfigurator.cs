namespace MassTransit;

/// <summary>
/// What of the outbox runs in this process; its numbers are in the configuration section <c>Outbox</c>.
/// </summary>
public sealed class OutboxConfigurator
{
    internal bool Relay { get; private set; } = true;

    /// <summary>This process only stores messages; others deliver them.</summary>
    public void DisableRelay() => Relay = false;
}

using Sluice.Durability.Faults;
using Sluice.Durability.Outbox;

namespace Sluice.Durability.Inbox;

/// <summary>What every inbox transaction needs of the process.</summary>
internal sealed class InboxServices(OutboxTable table, OutboxMetrics metrics, IFaultPoints faults)
{
    public string InsertSql { get; } =
        $$"""INSERT INTO {{table.Schema}}.inbox (message_id, consumer) VALUES ({0}, {1}) ON CONFLICT DO NOTHING""";

    public OutboxMetrics Metrics => metrics;

    public IFaultPoints Faults => faults;
}

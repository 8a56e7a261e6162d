namespace Sluice.Durability.Instances;

/// <summary>One incarnation of this process. Immutable; safe to share between threads.</summary>
public sealed class InstanceLease
{
    private readonly CancellationToken _lost;

    internal InstanceLease(Guid id, CancellationToken lost) => (Id, _lost) = (id, lost);

    /// <summary>Key of the row in <c>instances</c>; the owner that epochs and shards are claimed for.</summary>
    public Guid Id { get; }

    /// <summary>
    /// Fires once this incarnation has found itself fenced, or when the process stops: whatever it owned may have
    /// another owner by now. It can fire late (a frozen process hears nothing); what protects data is <see
    /// cref="InstanceSql.Guard"/>.
    /// </summary>
    public CancellationToken Lost => _lost;
}

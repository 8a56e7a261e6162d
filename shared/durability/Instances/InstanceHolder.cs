namespace Sluice.Durability.Instances;

/// <summary>A lease together with the source that ends it.</summary>
/// <param name="id">Id of the incarnation.</param>
/// <param name="lost">Never disposed: readers of the token may register on it long after the loss.</param>
internal sealed class InstanceHolder(Guid id, CancellationTokenSource lost)
{
    public InstanceLease Lease { get; } = new(id, lost.Token);

    /// <summary>Callbacks run on the pool: a slow one must not hold up the renewal loop.</summary>
    public void Lose() => _ = lost.CancelAsync();
}

namespace Sluice.Durability.Instances;

/// <summary>This process among its peers. Thread-safe.</summary>
public interface IInstances
{
    /// <summary>
    /// The present incarnation. After <see cref="InstanceLease.Lost"/> fired a new one takes its place as soon as it is
    /// registered; read the property anew for each piece of work, and keep the lease for as long as that work runs.
    /// </summary>
    /// <exception cref="InvalidOperationException">The host has not started yet.</exception>
    InstanceLease Current { get; }

    /// <summary>Time since the database last confirmed this instance; null before the first time.</summary>
    TimeSpan? SinceRenewed { get; }

    /// <summary>
    /// Time since the database was asked for the first renewal that it has not answered, nor any after it; null where
    /// it has answered the last one.
    /// </summary>
    TimeSpan? Unanswered { get; }

    /// <summary>
    /// Looks now, not at the next renewal, whether <see cref="Current"/> is still unfenced. Call it when a guarded
    /// statement was refused. False: it is fenced, its <see cref="InstanceLease.Lost"/> has fired, and a new
    /// incarnation follows.
    /// </summary>
    Task<bool> CheckAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Fences an instance, as the first step of taking over from it: waits for its commit in flight, after which no
    /// guarded statement of it can succeed. Fencing an unknown or fenced one has no effect. Fence only what <see
    /// cref="IInstanceWatch"/> has observed dead.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">
    /// The database is away, or the commit in flight outlived the lock timeout.
    /// </exception>
    Task FenceAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>
    /// Says that <see cref="Current"/> takes no more work. True when another instance that does is alive; of several
    /// that say so at the same moment none counts on another.
    /// </summary>
    /// <exception cref="Npgsql.NpgsqlException">The database is away.</exception>
    Task<bool> DrainAsync(CancellationToken cancellationToken);
}

namespace Sluice.Durability.Faults;

/// <summary>
/// Named places at which fault tests make a process fail. Compiled in everywhere, and nothing but a null check unless
/// the environment variable <c>SLUICE_FAULT_POINTS</c> or a registered implementation turns them on. Thread-safe.
/// </summary>
public interface IFaultPoints
{
    /// <summary>Reaches the point <paramref name="name"/>, as in <c>outbox.afterPublish</c>.</summary>
    /// <exception cref="FaultPointException">The point is set to throw.</exception>
    ValueTask ReachAsync(string name, CancellationToken cancellationToken);
}

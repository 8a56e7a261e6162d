namespace Sluice.Durability.Faults;

/// <summary>All points off.</summary>
public sealed class NoFaultPoints : IFaultPoints
{
    public static readonly NoFaultPoints Instance = new();

    public ValueTask ReachAsync(string name, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

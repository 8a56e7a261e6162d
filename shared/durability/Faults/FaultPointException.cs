namespace Sluice.Durability.Faults;

/// <summary>Thrown by a fault point that is set to <c>throw</c>.</summary>
public sealed class FaultPointException(string name) : Exception($"Fault point {name}.");

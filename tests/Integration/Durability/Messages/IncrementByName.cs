namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Increments by name, not by id.</summary>
public sealed record IncrementByName
{
    public required string Name { get; init; }
}

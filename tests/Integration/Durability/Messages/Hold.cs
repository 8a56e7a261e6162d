namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Sent to a consumer that holds the delivery until its test lets go.</summary>
public sealed record Hold;

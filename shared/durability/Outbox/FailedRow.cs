namespace Sluice.Durability.Outbox;

internal sealed record FailedRow(Guid Id, int Attempts, TimeSpan Delay, string Error);

namespace Sluice.Durability.Outbox;

internal sealed record FailedRow(Guid Id, int Attempts, int Refusals, TimeSpan Delay, string Error);

namespace Sluice.Scheduler.Webhooks;

/// <summary>A row of <c>webhooks</c>, without its secret.</summary>
internal sealed record Webhook
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required string Url { get; init; }

    public required string[] EventTypes { get; init; }

    /// <summary>UTC.</summary>
    public required DateTime CreatedAt { get; init; }
}

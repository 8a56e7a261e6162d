namespace Sluice.Scheduler.Batches.Creating;

/// <summary>Which request made a batch, so that a repeated POST finds it.</summary>
internal sealed class Creation
{
    public Guid BatchId { get; init; }

    public string Tenant { get; init; } = "";

    /// <summary>SHA-256 of the body as received.</summary>
    public byte[] BodyHash { get; init; } = [];

    public string? IdempotencyKey { get; init; }

    /// <summary>Retry counts that were answered with this batch; the first one made it.</summary>
    public int[] Answered { get; set; } = [];

    /// <summary>When the gateway received the request that made it.</summary>
    public DateTimeOffset ReceivedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

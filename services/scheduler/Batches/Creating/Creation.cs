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

    /// <summary>When the gateway received each of those requests, in the same order.</summary>
    public DateTimeOffset[] AnsweredAt { get; set; } = [];

    public DateTimeOffset CreatedAt { get; init; }
}

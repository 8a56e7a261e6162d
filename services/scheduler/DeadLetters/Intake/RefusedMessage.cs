namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>A row of <c>outbox_dead</c>. Names are those of the columns.</summary>
internal sealed record RefusedMessage
{
    public Guid Id { get; init; }

    /// <summary><c>exchange:name</c>, with options.</summary>
    public string Destination { get; init; } = "";

    public Guid MessageId { get; init; }

    public string MessageType { get; init; } = "";

    public string ContentType { get; init; } = "";

    public byte[] Headers { get; init; } = [];

    public byte[] Body { get; init; } = [];

    public int Attempts { get; init; }

    public string? LastError { get; init; }

    /// <summary>UTC, as the driver reads timestamptz.</summary>
    public DateTime DiedAt { get; init; }
}

namespace Sluice.Scheduler.Files;

/// <summary>A row of <c>files</c>.</summary>
internal sealed class StoredFile
{
    /// <summary><see cref="Kind"/> of an uploaded file: its bytes are a blob.</summary>
    public const short Blob = 0;

    /// <summary><see cref="Kind"/> of a batch's output or error file: its bytes are the batch's result pages.</summary>
    public const short Manifest = 1;

    public Guid Id { get; init; }

    public string Tenant { get; init; } = "";

    public string Purpose { get; init; } = "";

    public string Filename { get; init; } = "";

    public long Bytes { get; init; }

    /// <summary>Null for a manifest.</summary>
    public long? Lines { get; init; }

    public string Status { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>When its bytes were removed; the row stays for a while, so that a list can be paged past it.</summary>
    public DateTimeOffset? PurgedAt { get; set; }

    public short Kind { get; init; }

    public Guid? BlobId { get; init; }

    public Guid? BatchId { get; init; }

    /// <summary>A <c>ResultKind</c>; of a manifest only.</summary>
    public short? ResultKind { get; init; }
}

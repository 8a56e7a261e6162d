using System.Text.Json.Serialization;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Files;

/// <summary>The file object of the API. Times are Unix seconds.</summary>
internal sealed record FileView
{
    public required string Id { get; init; }

    public string Object { get; } = "file";

    public required long Bytes { get; init; }

    public required long CreatedAt { get; init; }

    /// <summary>Absent, not null, for a file that stays: that is what the clients' models expect.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ExpiresAt { get; init; }

    public required string Filename { get; init; }

    public required string Purpose { get; init; }

    public required string Status { get; init; }

    public static FileView Of(StoredFile file) => new()
    {
        Id = PublicId.File(file.Id),
        Bytes = file.Bytes,
        CreatedAt = file.CreatedAt.ToUnixTimeSeconds(),
        ExpiresAt = file.ExpiresAt?.ToUnixTimeSeconds(),
        Filename = file.Filename,
        Purpose = file.Purpose,
        Status = file.Status,
    };
}

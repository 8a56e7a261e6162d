using System.Globalization;
using System.Text.Json.Serialization;
using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Watching;

/// <summary>A shard as the API shows it.</summary>
internal sealed record ShardView
{
    public string Object { get; } = "batch.shard";

    public required int No { get; init; }

    /// <summary>Name of a <see cref="ShardState"/>, in lower case.</summary>
    public required string State { get; init; }

    public required long FirstLine { get; init; }

    public required int Lines { get; init; }

    public required int Completed { get; init; }

    public required int Failed { get; init; }

    /// <summary>How often a worker took it.</summary>
    public required int Attempts { get; init; }

    /// <summary>How often it changed hands or was closed; what an older holder writes is refused.</summary>
    public required int Epoch { get; init; }

    /// <summary>Instance of the worker that runs it.</summary>
    public string? Owner { get; init; }

    /// <summary>Why it does not get on; null when it does.</summary>
    public string? Cause { get; init; }

    /// <summary>When it may be dispatched again, Unix seconds; null for at once.</summary>
    public long? ReadyAfter { get; init; }

    /// <summary>Attempts at its lines after their first.</summary>
    public required int LineRetries { get; init; }

    /// <summary>Why the last of them was needed.</summary>
    public string? LineRetryCause { get; init; }

    /// <summary>When it entered its state, Unix seconds.</summary>
    public required long ChangedAt { get; init; }

    /// <summary>What <c>after</c> takes.</summary>
    [JsonIgnore]
    public string Cursor => No.ToString(CultureInfo.InvariantCulture);

    public static ShardView Of(ShardRow shard) => new()
    {
        No = shard.No,
        State = NameOf(shard.State),
        FirstLine = shard.FirstLine,
        Lines = shard.Lines,
        Completed = shard.Completed,
        Failed = shard.Failed,
        Attempts = shard.Attempt,
        Epoch = shard.Epoch,
        Owner = shard.Owner?.ToString("N"),
        Cause = shard.Suspect ? ShardCause.OwnerSilent : shard.State == ShardState.Ready ? shard.Cause : null,
        ReadyAfter = shard.ReadyAfter is { } due ? new DateTimeOffset(due).ToUnixTimeSeconds() : null,
        LineRetries = shard.Retries,
        LineRetryCause = shard.RetryCause,
        ChangedAt = new DateTimeOffset(shard.ChangedAt).ToUnixTimeSeconds(),
    };

    public static string NameOf(ShardState state) => state.ToString().ToLowerInvariant();
}

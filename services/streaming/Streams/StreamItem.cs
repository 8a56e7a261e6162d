using System.Text.Json.Serialization;

namespace Sluice.Streaming.Streams;

/// <summary>A response in the list of streams.</summary>
/// <param name="Id">Its public id.</param>
/// <param name="Model">Model as asked for.</param>
/// <param name="State">running, completed, failed or cancelled.</param>
/// <param name="Owner">The instance that generates it, or has.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Events">Events that can be read.</param>
internal sealed record StreamItem(string Id, string Model, string State, Guid Owner, long CreatedAt, long Events)
{
    /// <summary>Readers at the instance that generates it; null when it does not run.</summary>
    public int? Readers { get; init; }

    /// <summary>
    /// Tokens generated so far, or until its end, however it ended; null where nobody could count them.
    /// </summary>
    public long? Tokens { get; init; }

    /// <summary>Tokens a second of late; null when it does not run.</summary>
    [JsonPropertyName("tokens_per_second")]
    public double? TokensPerSecond { get; init; }

    /// <summary>Position of the reader that is furthest behind; null without readers.</summary>
    [JsonPropertyName("slowest_reader")]
    public long? SlowestReader { get; init; }
}

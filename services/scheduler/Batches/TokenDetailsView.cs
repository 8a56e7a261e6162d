using System.Text.Json.Serialization;

namespace Sluice.Scheduler.Batches;

/// <summary>Parts of a token count. Providers' details are not summed; the clients' models want the members.</summary>
internal sealed record TokenDetailsView
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CachedTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ReasoningTokens { get; init; }
}

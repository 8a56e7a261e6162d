using System.Text.Json;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>An event as its reader gets it.</summary>
internal sealed record BatchEvent(string Id, string Name, JsonElement Data)
{
    public int Done => Data.GetProperty("request_counts").GetProperty("completed").GetInt32()
        + Data.GetProperty("request_counts").GetProperty("failed").GetInt32();
}

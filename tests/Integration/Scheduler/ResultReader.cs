using System.Text.Json;
using Shouldly;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>Reads the results of a running batch, each time from where the last answer ended.</summary>
internal sealed class ResultReader(HttpClient client, string batch)
{
    private readonly Dictionary<string, string> _positions = new(StringComparer.Ordinal);
    private HttpClient _client = client;

    /// <summary>The custom ids that came, in order.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>Goes on elsewhere.</summary>
    public void Use(HttpClient other) => _client = other;

    /// <summary>Returns how many lines came.</summary>
    public async Task<int> ReadAsync(string kind)
    {
        var after = _positions.TryGetValue(kind, out var position) ? $"&after={position}" : "";
        using var answer = await _client.GetAsync($"/api/batches/{batch}/results?kind={kind}{after}");
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        answer.Content.Headers.ContentLength.ShouldBe(text.Length);
        _positions[kind] = answer.Headers.GetValues("Sluice-Next").Single();
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Lines.AddRange(lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("custom_id").GetString()!));
        return lines.Length;
    }
}

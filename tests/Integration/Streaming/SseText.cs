using System.Text.Json;
using Shouldly;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>Reads a stream's text the way the official clients do.</summary>
internal static class SseText
{
    public static List<string> Data(string text) =>
        [.. text.Split('\n').Where(l => l.StartsWith("data: ", StringComparison.Ordinal)).Select(l => l[6..])];

    public static List<JsonElement> Chunks(string text) =>
        [.. Data(text).Where(d => d != "[DONE]").Select(d => JsonDocument.Parse(d).RootElement)];

    public static string Content(string text) => string.Concat(
        Chunks(text).Where(c => c.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0)
            .Select(c => c.GetProperty("choices")[0].GetProperty("delta"))
            .Select(d => d.TryGetProperty("content", out var content) ? content.GetString() : ""));

    /// <summary>The events with their ends, without heartbeats.</summary>
    public static List<string> Frames(string text) =>
        [.. text.Split("\n\n").SkipLast(1).Select(frame => frame + "\n\n")];

    public static IEnumerable<string> Ids(string text) =>
        text.Split('\n').Where(l => l.StartsWith("id: ", StringComparison.Ordinal)).Select(l => l[4..]);

    /// <summary>The next so many frames, as they came.</summary>
    public static async Task<string> ReadFramesAsync(StreamReader reader, int events)
    {
        var text = "";
        for (var ends = 0; ends < events;)
        {
            var line = await reader.ReadLineAsync() ?? throw new EndOfStreamException(text);
            text += line + "\n";
            ends += line.Length == 0 ? 1 : 0;
        }

        return text;
    }

    /// <summary>The completion's id, from its first chunk; heartbeats may come before.</summary>
    public static async Task<string> ReadIdAsync(StreamReader reader)
    {
        var line = "";
        while (!line.StartsWith("data: ", StringComparison.Ordinal))
        {
            line = await reader.ReadLineAsync() ?? throw new EndOfStreamException(line);
        }

        return IdOf(line + "\n\n");
    }

    /// <summary>The completion's id.</summary>
    public static string IdOf(string text) => Chunks(text)[0].GetProperty("id").GetString()!;

    public static async Task<JsonElement> JsonOf(HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsStringAsync());

    /// <summary>The error that a stream ended with.</summary>
    public static JsonElement Error(string text)
    {
        Data(text).ShouldNotContain("[DONE]");
        return Chunks(text)[^1].GetProperty("error");
    }

    /// <summary>Reads until the server ends the stream, or throws as it resets it.</summary>
    public static async Task<JsonElement> ErrorOf(HttpResponseMessage response)
    {
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var error = body.RootElement.GetProperty("error").Clone();
        foreach (var member in (string[])["message", "type", "param", "code"])
        {
            error.TryGetProperty(member, out _).ShouldBeTrue($"every error has '{member}'");
        }

        return error;
    }
}

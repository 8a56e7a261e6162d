using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sluice.Inference.Continuations;

/// <summary>The texts in a chunk's deltas, in the order in which they stand, and whether a choice ends.</summary>
internal sealed class ChunkTexts
{
    // What names a thing is sent once and is no text that grows.
    private static readonly string[] Names = ["role", "id", "type", "name", "finish_reason"];

    private readonly List<ChunkText> _texts = [];

    private ChunkTexts()
    {
    }

    public IReadOnlyList<ChunkText> Texts => _texts;

    public bool IsFinish { get; private set; }

    /// <exception cref="JsonException">It is no chunk.</exception>
    public static ChunkTexts Of(ReadOnlyMemory<byte> chunk)
    {
        using var document = JsonDocument.Parse(chunk);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("choices", out var choices)
            || choices.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("A chunk has no choices.");
        }

        var texts = new ChunkTexts();
        foreach (var choice in choices.EnumerateArray())
        {
            texts.IsFinish |= choice.TryGetProperty("finish_reason", out var reason)
                && reason.ValueKind != JsonValueKind.Null;
            if (choice.TryGetProperty("delta", out var delta))
            {
                texts.Add(chunk.Span, Index(choice) ?? "0", delta);
            }
        }

        return texts;
    }

    private void Add(ReadOnlySpan<byte> chunk, string path, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var raw = JsonMarshal.GetRawUtf8Value(value);
                chunk.Overlaps(raw, out var start);
                _texts.Add(new(path, start + 1, raw.Length - 2));
                break;
            case JsonValueKind.Array:
                var position = 0;
                foreach (var item in value.EnumerateArray())
                {
                    var name = Index(item) ?? position.ToString(CultureInfo.InvariantCulture);
                    Add(chunk, $"{path}/{name}", item);
                    position++;
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    if (!Names.Contains(member.Name))
                    {
                        Add(chunk, $"{path}/{member.Name}", member.Value);
                    }
                }

                break;
        }
    }

    private static string? Index(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("index", out var index)
            ? index.GetRawText()
            : null;
}

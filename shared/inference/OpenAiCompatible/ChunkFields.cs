using System.Text.Json;

namespace Sluice.Inference.OpenAiCompatible;

internal static class ChunkFields
{
    /// <summary>Which member the reader's property name is.</summary>
    public static ChunkField Of(ref Utf8JsonReader name)
    {
        if (name.ValueTextEquals("choices"u8))
        {
            return ChunkField.Choices;
        }

        if (name.ValueTextEquals("id"u8) || name.ValueTextEquals("object"u8)
            || name.ValueTextEquals("created"u8) || name.ValueTextEquals("model"u8))
        {
            return ChunkField.Ours;
        }

        return name.ValueTextEquals("usage"u8) ? ChunkField.Usage
            : name.ValueTextEquals("error"u8) ? ChunkField.Error
            : ChunkField.Other;
    }
}

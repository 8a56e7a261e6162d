using System.Text.Json;

namespace Sluice.Inference.Chat;

/// <summary>
/// JSON strings may escape half a surrogate pair, which is no text: the framework throws when it is read.
/// </summary>
internal static class JsonText
{
    public static bool IsText(ref Utf8JsonReader reader) => !reader.ValueIsEscaped || Read(ref reader) is not null;

    /// <summary>The string, or null when it is not valid Unicode.</summary>
    public static string? Read(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}

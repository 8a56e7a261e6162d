using System.Text.Json;

namespace Sluice.Scheduler.Batches;

/// <summary>Strings of bodies from outside.</summary>
internal static class JsonStrings
{
    /// <summary>False for what is no string, or one that is not valid text.</summary>
    public static bool TryRead(JsonElement value, out string text)
    {
        text = "";
        if (value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
            return false;
        }
    }
}

using System.Text;

namespace Sluice.Scheduler.Data;

/// <summary>Text from outside as PostgreSQL stores it: it takes neither NUL nor half of a surrogate pair.</summary>
internal static class StoredText
{
    /// <summary>The text with U+FFFD in place of what cannot be stored.</summary>
    /// <param name="text">Any.</param>
    /// <param name="maxLength">Most UTF-16 code units kept, from 1; a pair is kept whole or not at all.</param>
    public static string Of(string text, int maxLength = int.MaxValue)
    {
        if (text.Length > maxLength)
        {
            text = text[..(char.IsSurrogatePair(text, maxLength - 1) ? maxLength - 1 : maxLength)];
        }

        // The encoder replaces half pairs.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');
    }
}

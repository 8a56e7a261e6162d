using System.Globalization;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>What a dry run hands out: how many letters there were, and a name for the replay that follows.</summary>
internal readonly record struct ReplayToken(Guid Id, long Count)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id:N}-{Count}");

    public static bool TryParse(string text, out ReplayToken token)
    {
        token = default;
        if (text.Split('-') is not [var id, var count]
            || !Guid.TryParseExact(id, "N", out var key)
            || !long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var letters))
        {
            return false;
        }

        token = new(key, letters);
        return true;
    }
}

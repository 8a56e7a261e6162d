using System.Globalization;
using Sluice.Scheduler.Batches.Priorities;
using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Batches;

/// <summary>
/// The time that a batch has: a number of minutes, hours or days (<c>90m</c>, <c>24h</c>, <c>7d</c>), or
/// <c>immediate</c>: as soon as possible, with no deadline.
/// </summary>
/// <param name="Text">As the client wrote it.</param>
/// <param name="Length">From 1 minute to 30 days; null for none.</param>
internal readonly record struct CompletionWindow(string Text, TimeSpan? Length)
{
    public const string Immediate = "immediate";

    /// <summary>For refusals: what a window may be.</summary>
    public const string Known = "'<n>m', '<n>h' or '<n>d' from 1m to 30d, such as '24h', or 'immediate'";

    // "43200m" is the longest way to write 30 days.
    private const int MaxDigits = 5;

    public static TimeSpan Longest { get; } = TimeSpan.FromDays(30);

    /// <summary>Priority of a batch that asks for none itself.</summary>
    public BatchPriority DefaultPriority => Length is null ? BatchPriority.Of(ShardClass.High) : BatchPriority.Normal;

    /// <summary>The end of the window, in whole milliseconds as every store keeps them; null for none.</summary>
    public DateTimeOffset? EndsAfter(DateTimeOffset start) => Length is { } length
        ? DateTimeOffset.FromUnixTimeMilliseconds((start + length).ToUnixTimeMilliseconds())
        : null;

    /// <summary>
    /// The window of that length, whole minutes from 1 minute to 30 days; in the largest unit that fits, but a day is
    /// the <c>24h</c> that OpenAI's clients know.
    /// </summary>
    public static CompletionWindow Of(TimeSpan length)
    {
        var minutes = (int)length.TotalMinutes;
        var text = minutes % 1440 == 0 && minutes > 1440 ? $"{minutes / 1440}d"
            : minutes % 60 == 0 ? $"{minutes / 60}h"
            : $"{minutes}m";
        return Parse(text) ?? throw new ArgumentOutOfRangeException(nameof(length), length, Known);
    }

    /// <summary>Null for what is no window.</summary>
    public static CompletionWindow? Parse(string text)
    {
        if (text == Immediate)
        {
            return new(text, null);
        }

        if (text.Length is < 2 or > MaxDigits + 1
            || !int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number < 1)
        {
            return null;
        }

        TimeSpan? length = text[^1] switch
        {
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => null,
        };
        return length <= Longest ? new(text, length) : null;
    }
}

using System.Globalization;

namespace Sluice.BatchStore.Results;

/// <summary>
/// How far a reader has come in the pages of a batch that still runs. As text three decimal numbers with dashes between
/// them; to clients it is opaque.
/// </summary>
/// <param name="Transaction">Id of the transaction that wrote the page.</param>
/// <param name="ShardNo">Shard of the page.</param>
/// <param name="PageNo">Number of the page in the shard.</param>
public readonly record struct PagePosition(ulong Transaction, int ShardNo, int PageNo)
{
    /// <summary>In front of every page.</summary>
    public static PagePosition Start { get; } = new(0, -1, -1);

    /// <summary>False for anything that <see cref="ToString"/> does not make.</summary>
    public static bool TryParse(string? text, out PagePosition position)
    {
        position = Start;
        if (text == Start.ToString())
        {
            return true;
        }

        if (text?.Split('-') is not [var transaction, var shard, var page]
            || !ulong.TryParse(transaction, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || !int.TryParse(shard, NumberStyles.None, CultureInfo.InvariantCulture, out var shardNo)
            || !int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var pageNo))
        {
            return false;
        }

        position = new(id, shardNo, pageNo);
        return true;
    }

    public override string ToString() => ShardNo < 0
        ? "0"
        : string.Create(CultureInfo.InvariantCulture, $"{Transaction}-{ShardNo}-{PageNo}");
}

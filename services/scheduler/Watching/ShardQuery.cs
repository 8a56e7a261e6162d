using System.Globalization;
using Sluice.BatchStore.Shards;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Watching;

/// <summary>Which shards of a batch are asked for.</summary>
/// <param name="State">Only those; null for all.</param>
/// <param name="After">Number of the last one of the page before; -1 for the first page.</param>
/// <param name="Limit">Size of the page.</param>
internal sealed record ShardQuery(ShardState? State, int After, int Limit)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    private static readonly string[] Parameters = ["state", "after", "limit"];

    private static readonly string States = string.Join(", ", Enum.GetValues<ShardState>().Select(ShardView.NameOf));

    /// <summary>Null, with the refusal, when a parameter is wrong; unknown parameters are ignored.</summary>
    public static ShardQuery? Read(IQueryCollection query, out OpenAiErrorResult? refusal)
    {
        refusal = Array.Find(Parameters, name => query[name].Count > 1) is { } twice
            ? Refuse(twice, "is given more than once; give it once")
            : null;
        var (limit, after, state) = (DefaultLimit, -1, (ShardState?)null);
        if (query["limit"] is [{ } size] && (!Number(size, out limit) || limit is < 1 or > MaxLimit))
        {
            refusal ??= Refuse("limit", $"must be a whole number from 1 to {MaxLimit}");
        }

        if (query["after"] is [{ } last] && !Number(last, out after))
        {
            refusal ??= Refuse("after", "must be the number of a shard");
        }

        if (query["state"] is [{ } name])
        {
            state = Enum.GetValues<ShardState>().Cast<ShardState?>()
                .FirstOrDefault(s => string.Equals(ShardView.NameOf(s!.Value), name, StringComparison.Ordinal));
            refusal ??= state is null ? Refuse("state", $"must be one of {States}") : null;
        }

        return refusal is null ? new(state, after, limit) : null;
    }

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static OpenAiErrorResult Refuse(string name, string why) =>
        OpenAiErrorResult.BadRequest($"'{name}' {why}.", name, $"invalid_{name}");
}

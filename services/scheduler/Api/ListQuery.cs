using System.Globalization;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Api;

/// <summary>The paging parameters of a list request.</summary>
/// <param name="Limit">Size of the page.</param>
/// <param name="After">Public id of the last item of the page before; null for the first page.</param>
/// <param name="Descending">Newest first.</param>
internal sealed record ListQuery(int Limit, string? After, bool Descending)
{
    private static readonly string[] Parameters = ["limit", "order", "after", "purpose"];

    /// <summary>Null, with the refusal, when a parameter is wrong; unknown parameters are ignored.</summary>
    public static ListQuery? Read(
        IQueryCollection query, int defaultLimit, int maxLimit, out OpenAiErrorResult? refusal)
    {
        refusal = Array.Find(Parameters, name => query[name].Count > 1) is { } twice
            ? OpenAiErrorResult.BadRequest($"'{twice}' is given {query[twice].Count} times; give it once.", twice)
            : null;
        if (refusal is not null)
        {
            return null;
        }

        var limit = defaultLimit;
        if (query["limit"] is [{ } text]
            && (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out limit)
                || limit < 1
                || limit > maxLimit))
        {
            refusal = OpenAiErrorResult.BadRequest($"'limit' must be a whole number from 1 to {maxLimit}.", "limit");
            return null;
        }

        var order = query["order"] is [{ } asked] ? asked : "desc";
        if (order is not ("asc" or "desc"))
        {
            refusal = OpenAiErrorResult.BadRequest("'order' must be 'asc' or 'desc'.", "order");
            return null;
        }

        return new(limit, query["after"] is [{ Length: > 0 } after] ? after : null, order == "desc");
    }
}

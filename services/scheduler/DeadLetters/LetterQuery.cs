using System.Globalization;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Api;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>The query of a list of dead letters: filter, page, and form.</summary>
/// <param name="Filter">Open ones, unless it says otherwise.</param>
/// <param name="Limit">Size of the page.</param>
/// <param name="After">The last letter of the page before.</param>
/// <param name="ByCause"><c>group=cause</c>: counts instead of letters.</param>
/// <param name="ExpectedCount">How many letters a purge was told that there are.</param>
internal sealed record LetterQuery(LetterFilter Filter, int Limit, Guid? After, bool ByCause, long? ExpectedCount)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    /// <summary>Null, with the refusal, when a parameter is wrong or unknown.</summary>
    public static LetterQuery? Read(IQueryCollection query, out OpenAiErrorResult? refusal)
    {
        var result = new LetterQuery(new() { State = LetterState.Open }, DefaultLimit, null, false, null);
        var rest = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in query)
        {
            if (values is not [{ } value])
            {
                refusal = Invalid(name, "given once");
                return null;
            }

            var (next, form) = result.With(name, value);
            if (form is null)
            {
                rest.Add(new(name, value));
            }
            else if (next is null)
            {
                refusal = Invalid(name, form);
                return null;
            }
            else
            {
                result = next;
            }
        }

        return LetterFilterReader.Read(rest, result.Filter, out refusal) is { } filter
            ? result with { Filter = filter }
            : null;
    }

    /// <summary>Takes a parameter of the page; without a form it is one of the filter.</summary>
    private (LetterQuery? Next, string? Form) With(string name, string value) => name switch
    {
        "limit" => (
            Number(value, out var limit) && limit is >= 1 and <= MaxLimit ? this with { Limit = (int)limit } : null,
            $"a whole number from 1 to {MaxLimit}"),
        "after" => (
            PublicId.TryParseDeadLetter(value, out var after) ? this with { After = after } : null,
            "the id of a dead letter"),
        "group" => (value == "cause" ? this with { ByCause = true } : null, "cause"),
        "expected_count" => (
            Number(value, out var count) ? this with { ExpectedCount = count } : null, "a whole number"),
        _ => (null, null),
    };

    private static bool Number(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static OpenAiErrorResult Invalid(string name, string form) => OpenAiErrorResult.BadRequest(
        $"'{(name.Length <= 64 ? name : name[..64])}' must be {form}.", name, "invalid_parameter");
}

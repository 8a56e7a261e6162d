using System.Data.Common;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Sluice.ServiceDefaults.Errors;

/// <summary>What an exception that reached the edge of a request means to the caller.</summary>
internal static partial class ExceptionRefusals
{
    private static readonly TimeSpan DatabaseRetryAfter = TimeSpan.FromSeconds(2);

    public static OpenAiErrorResult For(Exception failure) => failure switch
    {
        BadHttpRequestException bad => ForBadRequest(bad),
        _ when IsDatabaseAway(failure) => OpenAiErrorResult.Unavailable(
            "The database is not available now; try again.", DatabaseRetryAfter, "database_unavailable"),
        _ => ErrorResponses.ForStatus(StatusCodes.Status500InternalServerError),
    };

    private static OpenAiErrorResult ForBadRequest(BadHttpRequestException bad)
    {
        // The framework's messages name handler parameters and types, which mean nothing to a caller.
        if (bad.InnerException is JsonException json)
        {
            return OpenAiErrorResult.BadRequest(JsonMessage(json), Param(json), "invalid_json");
        }

        return bad.StatusCode switch
        {
            StatusCodes.Status400BadRequest => ForBinding(bad.Message),
            var status => ErrorResponses.ForStatus(status),
        };
    }

    private static OpenAiErrorResult ForBinding(string message)
    {
        if (message.StartsWith("Implicit body", StringComparison.Ordinal))
        {
            return OpenAiErrorResult.BadRequest("The request body is empty; send JSON.", code: "invalid_json");
        }

        var name = BoundParameter().Match(message).Groups["name"].Value;
        return name.Length > 0
            ? OpenAiErrorResult.BadRequest(
                $"'{name}' is missing or has a value of the wrong type.", name, "invalid_request")
            : OpenAiErrorResult.BadRequest(message, code: "invalid_request");
    }

    [GeneratedRegex(
        "^(Required|Failed to bind) parameter \"\\S+ (?<name>\\w+)\"",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 100)]
    private static partial Regex BoundParameter();

    private static string JsonMessage(JsonException json)
    {
        var place = Param(json) is { } param ? $" for '{param}'" : "";
        var line = json.LineNumber + 1;
        return $"The request body is not valid JSON{place} (line {line}, byte {json.BytePositionInLine}).";
    }

    private static string? Param(JsonException json) => json.Path switch
    {
        null or "" or "$" => null,
        ['$', '.', .. var rest] => rest,
        var path => path,
    };

    /// <summary>
    /// Connection-type failures, also when EF Core wrapped them; told apart by SqlState, never by message text.
    /// </summary>
    private static bool IsDatabaseAway(Exception? failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is DbException database)
            {
                return database.IsTransient || IsAwayState(database.SqlState);
            }
        }

        return false;
    }

    // 08: connection; 53: out of resources; 57: operator intervention (shutdown, statement timeout, starting up);
    // 25P03: the server ended a transaction whose process stood still for too long.
    private static bool IsAwayState(string? state) =>
        state is ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..] or "25P03";
}

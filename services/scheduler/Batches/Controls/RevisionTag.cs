using System.Globalization;
using Microsoft.Net.Http.Headers;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches.Controls;

/// <summary>
/// The ETag of a batch is the revision of what clients change: its priority, deadline, pause and cancel. A client that
/// sends it back as <c>If-Match</c> changes nothing that another one has changed since. What the batch does by itself,
/// such as its counts and status, leaves the tag as it is.
/// </summary>
internal static class RevisionTag
{
    public static string Of(BatchState batch) => string.Create(CultureInfo.InvariantCulture, $"\"{batch.Revision}\"");

    /// <summary>
    /// The tags that the caller accepts, null when it accepts any; a refusal when the header is malformed.
    /// </summary>
    public static IReadOnlyList<string>? Expected(HttpRequest request, out OpenAiErrorResult? refusal)
    {
        refusal = null;
        if (request.Headers.IfMatch.Count == 0)
        {
            return null;
        }

        if (!EntityTagHeaderValue.TryParseStrictList(request.Headers.IfMatch, out var tags))
        {
            refusal = OpenAiErrorResult.BadRequest(
                "If-Match must be the ETag of an answer, such as \"3\", or *.", "If-Match", "invalid_if_match");
            return null;
        }

        // A weak tag never matches here (RFC 9110, section 13.1.1).
        return tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any))
            ? null
            : [.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString())];
    }

    public static OpenAiErrorResult? Check(BatchState batch, IReadOnlyList<string>? expected, string id) =>
        expected is null || expected.Contains(Of(batch), StringComparer.Ordinal)
            ? null
            : new(StatusCodes.Status412PreconditionFailed, new(
                $"{id} was changed since: its ETag is {Of(batch)} now. Read it again and decide anew.",
                OpenAiErrorType.InvalidRequest,
                "If-Match",
                "revision_mismatch"));
}

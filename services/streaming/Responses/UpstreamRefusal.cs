using System.Text.Json;
using System.Text.Unicode;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Streaming.Responses;

/// <summary>A provider's failure before the first token as an answer with a status of its own.</summary>
internal static class UpstreamRefusal
{
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(1);

    public static IResult Of(ModelFailure failure)
    {
        if (failure.IsPassedOn() && IsErrorObject(failure.Body))
        {
            return new PassedOnResult(failure.Status, failure.Body);
        }

        var (status, error) = failure.ToError();
        return new OpenAiErrorResult(status, error)
        {
            RetryAfter = status is 429 or 503 ? failure.RetryAfter ?? DefaultRetryAfter : null,

            // A quota is not filled up within the seconds that clients wait.
            ShouldRetry = status != 429 || !QuotaErrors.IsUsedUp(failure.Body),
        };
    }

    /// <summary>It is what clients take for an error, and they can decode it.</summary>
    private static bool IsErrorObject(ReadOnlyMemory<byte> body)
    {
        try
        {
            if (!Utf8.IsValid(body.Span))
            {
                return false;
            }

            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("error", out _);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}

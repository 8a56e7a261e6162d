using System.Globalization;
using System.Security.Cryptography;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>What tells a repeated POST from a new one.</summary>
/// <param name="Tenant">Of the caller.</param>
/// <param name="BodyHash">SHA-256 of the body as received.</param>
/// <param name="IdempotencyKey">Null when the client sent none.</param>
/// <param name="RetryCount">0 for the first attempt.</param>
/// <param name="ReceivedAt">When the gateway received it.</param>
internal sealed record CreationRequest(
    string Tenant, byte[] BodyHash, string? IdempotencyKey, int RetryCount, DateTimeOffset ReceivedAt)
{
    public const int MaxKeyLength = 255;

    private const int MaxRetryCount = 1000;

    public static CreationRequest Of(HttpContext http, ReadOnlySpan<byte> body)
    {
        var headers = http.Request.Headers;
        var count = int.TryParse(
            headers["X-Stainless-Retry-Count"], NumberStyles.None, CultureInfo.InvariantCulture, out var retries)
            ? Math.Min(retries, MaxRetryCount)
            : 0;
        var key = headers["Idempotency-Key"] is [{ Length: > 0 } sent] ? sent : null;
        return new(http.Tenant(), SHA256.HashData(body), key, count, http.ReceivedAt());
    }
}

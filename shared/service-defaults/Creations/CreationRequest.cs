using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.ServiceDefaults.Creations;

/// <summary>What tells a repeated POST that creates something from a new one.</summary>
/// <param name="Tenant">Of the caller.</param>
/// <param name="BodyHash">SHA-256 of the body as received, 32 bytes.</param>
/// <param name="IdempotencyKey">Null when the client sent none.</param>
/// <param name="RetryCount">0 for the first attempt.</param>
/// <param name="ReceivedAt">When the gateway received it.</param>
public sealed record CreationRequest(
    string Tenant, ReadOnlyMemory<byte> BodyHash, string? IdempotencyKey, int RetryCount, DateTimeOffset ReceivedAt)
{
    private const int MaxKeyLength = 255;

    private const int MaxRetryCount = 1000;

    /// <summary>409: the request that came with the key first has no answer yet.</summary>
    public static OpenAiErrorResult KeyInUse { get; } = new(
        StatusCodes.Status409Conflict,
        new(
            "A request with this Idempotency-Key is running; try again.",
            OpenAiErrorType.InvalidRequest,
            null,
            "idempotency_key_in_use"))
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>422: the key names a request with another body.</summary>
    public static OpenAiErrorResult KeyReused { get; } = new(
        StatusCodes.Status422UnprocessableEntity,
        new(
            "This Idempotency-Key was used with another body.",
            OpenAiErrorType.InvalidRequest,
            null,
            "idempotency_key_reused"));

    /// <summary>The name under which requests that may be the same go one after the other.</summary>
    /// <remarks>Length first: no two pairs of tenant and key, or tenant and body, make the same text.</remarks>
    public string LockName =>
        $"{Tenant.Length}:{Tenant}{IdempotencyKey ?? Convert.ToHexString(BodyHash.Span)}";

    /// <summary>Whether the client sent an <c>Idempotency-Key</c>.</summary>
    public static bool HasKey(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return KeyOf(http) is not null;
    }

    /// <summary>Reads <c>X-Stainless-Retry-Count</c> (at most 1,000) and <c>Idempotency-Key</c>.</summary>
    /// <param name="http">A request that passed the secret.</param>
    /// <param name="body">The body as received.</param>
    /// <param name="request">What it is; not to be used when it is refused.</param>
    /// <returns>400 for a key of more than 255 characters; else null.</returns>
    public static OpenAiErrorResult? TryRead(HttpContext http, ReadOnlySpan<byte> body, out CreationRequest request)
    {
        ArgumentNullException.ThrowIfNull(http);
        var headers = http.Request.Headers;
        var count = int.TryParse(
            headers["X-Stainless-Retry-Count"], NumberStyles.None, CultureInfo.InvariantCulture, out var retries)
            ? Math.Min(retries, MaxRetryCount)
            : 0;
        var key = KeyOf(http);
        request = new(http.Tenant(), SHA256.HashData(body), key, count, http.ReceivedAt());
        return key?.Length > MaxKeyLength
            ? OpenAiErrorResult.BadRequest(
                $"Idempotency-Key must have at most {MaxKeyLength} characters.", "Idempotency-Key")
            : null;
    }

    private static string? KeyOf(HttpContext http) =>
        http.Request.Headers["Idempotency-Key"] is [{ Length: > 0 } key] ? key : null;
}

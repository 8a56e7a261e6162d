using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.ServiceDefaults.Internal;

/// <summary>
/// Lets only the gateway in: compares the secret in constant time and answers 401 otherwise, for everything but health
/// and metrics.
/// </summary>
internal sealed class InternalCallerMiddleware(
    RequestDelegate next, IOptions<InternalOptions> options, TimeProvider time)
{
    private readonly byte[] _secretHash = SHA256.HashData(Encoding.UTF8.GetBytes(options.Value.Secret));

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/healthz", StringComparison.Ordinal)
            || path.StartsWithSegments("/metrics", StringComparison.Ordinal))
        {
            return next(context);
        }

        var headers = context.Request.Headers;
        if (!Matches(headers[InternalHeaders.Secret].ToString()))
        {
            return context.WriteErrorAsync(new(StatusCodes.Status401Unauthorized, new(
                "This is an internal address; call the gateway.",
                OpenAiErrorType.Authentication,
                Code: "internal_only")));
        }

        var tenant = headers[InternalHeaders.Tenant].ToString();
        var rights = headers[InternalHeaders.Rights].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
        context.Features.Set(new InternalCaller(tenant.Length > 0 ? tenant : null, rights, ReceivedAt(headers)));
        return next(context);
    }

    // Hashes have one length, so neither the length nor the content of the secret shows in the time taken.
    private bool Matches(string given)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(given), hash);
        return CryptographicOperations.FixedTimeEquals(hash, _secretHash);
    }

    private DateTimeOffset ReceivedAt(IHeaderDictionary headers) =>
        long.TryParse(headers[InternalHeaders.ReceivedAt], CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds is >= 0 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : time.GetUtcNow();
}

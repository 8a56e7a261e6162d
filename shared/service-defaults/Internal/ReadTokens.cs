using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Sluice.ServiceDefaults.Internal;

/// <summary>
/// Short-lived tokens that let their holder read one response where no header can be sent (a browser's
/// <c>EventSource</c>). A service makes them, the gateway checks them; both sign with a key derived from
/// <c>Internal:Secret</c>. Form: Base64Url of <c>expiry|id|tenant</c>, a dot, Base64Url of its HMAC-SHA-256.
/// Thread-safe.
/// </summary>
public sealed class ReadTokens(IOptions<InternalOptions> options, TimeProvider time)
{
    private const int MaxLength = 512;

    private readonly byte[] _key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(options.Value.Secret), 32, info: "read-token"u8.ToArray());

    /// <summary>A token for one response of a tenant.</summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="responseId">Public id.</param>
    /// <param name="lifetime">How long it can be used to begin reading.</param>
    /// <param name="expiresAt">When it cannot any more.</param>
    public string Create(string tenant, string responseId, TimeSpan lifetime, out DateTimeOffset expiresAt)
    {
        expiresAt = time.GetUtcNow() + lifetime;
        var expiry = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var payload = Encoding.UTF8.GetBytes($"{expiry}|{responseId}|{tenant}");
        return $"{WebEncoders.Base64UrlEncode(payload)}.{WebEncoders.Base64UrlEncode(Sign(payload))}";
    }

    /// <summary>
    /// The tenant whose response may be read; null when the token is none, for another one, or too old.
    /// </summary>
    public string? Tenant(string token, string responseId)
    {
        ArgumentNullException.ThrowIfNull(token);
        try
        {
            if (token.Length > MaxLength || token.Split('.') is not [var first, var second])
            {
                return null;
            }

            var payload = WebEncoders.Base64UrlDecode(first);
            return CryptographicOperations.FixedTimeEquals(Sign(payload), WebEncoders.Base64UrlDecode(second))
                && Encoding.UTF8.GetString(payload).Split('|', 3) is [var expiry, var id, var tenant]
                && id == responseId
                && long.Parse(expiry, CultureInfo.InvariantCulture) > time.GetUtcNow().ToUnixTimeSeconds()
                ? tenant
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private byte[] Sign(byte[] payload) => HMACSHA256.HashData(_key, payload);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// Secrets and signatures of the Standard Webhooks specification 1.0, as the official clients check them: the secret is
/// <c>whsec_</c> and Base64 of 32 random bytes; the signature is <c>v1,</c> and Base64 of the HMAC-SHA-256 over
/// <c>id.timestamp.body</c>.
/// </summary>
internal static class WebhookSecret
{
    public const int Bytes = 32;

    private const string Prefix = "whsec_";

    public static byte[] Create() => RandomNumberGenerator.GetBytes(Bytes);

    public static string Show(byte[] secret) => Prefix + Convert.ToBase64String(secret);

    public static string Sign(byte[] secret, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{Timestamp(at)}."));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }

    public static string Timestamp(DateTimeOffset at) =>
        at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}

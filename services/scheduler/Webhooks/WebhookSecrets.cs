using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// Keeps the secrets of webhooks encrypted in the database: whoever reads a copy of it can sign nothing. AES-256-GCM,
/// bound to the webhook, as 1 byte of version, 4 of the key's SHA-256, 12 of nonce, 16 of tag, and the secret. The
/// first of <see cref="WebhookOptions.SecretKeys"/> encrypts, all of them decrypt, and so does the key that is derived
/// from <c>Internal:Secret</c>, which encrypts while none is configured. Thread-safe.
/// </summary>
internal sealed class WebhookSecrets
{
    public const int KeyBytes = 32;

    private const byte Version = 1;
    private const int KeyIdBytes = 4;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeaderBytes = 1 + KeyIdBytes + NonceBytes + TagBytes;

    private readonly IReadOnlyList<(byte[] Id, byte[] Key)> _keys;

    public WebhookSecrets(IOptions<WebhookOptions> options, IOptions<InternalOptions> shared)
    {
        var derived = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.UTF8.GetBytes(shared.Value.Secret),
            KeyBytes,
            info: "sluice webhook secrets"u8.ToArray());
        _keys =
        [
            .. options.Value.SecretKeys.Select(Convert.FromBase64String).Append(derived)
                .Select(key => (SHA256.HashData(key)[..KeyIdBytes], key)),
        ];
    }

    /// <summary>What is stored.</summary>
    public byte[] Seal(Guid webhook, byte[] secret)
    {
        var (id, key) = _keys[0];
        var box = new byte[HeaderBytes + secret.Length];
        box[0] = Version;
        id.CopyTo(box, 1);
        RandomNumberGenerator.Fill(Nonce(box));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(Nonce(box), secret, box.AsSpan(HeaderBytes), Tag(box), webhook.ToByteArray());
        return box;
    }

    /// <summary>The secret; null when its key is not configured any more, or it is not that of this webhook.</summary>
    public byte[]? Open(Guid webhook, byte[] box)
    {
        if (box.Length <= HeaderBytes)
        {
            // From before there was encryption; every sealed one is longer.
            return box.Length == WebhookSecret.Bytes ? box : null;
        }

        foreach (var (_, key) in _keys.Where(k => box.AsSpan(1, KeyIdBytes).SequenceEqual(k.Id)))
        {
            var secret = new byte[box.Length - HeaderBytes];
            using var aes = new AesGcm(key, TagBytes);
            try
            {
                aes.Decrypt(Nonce(box), box.AsSpan(HeaderBytes), Tag(box), secret, webhook.ToByteArray());
                return secret;
            }
            catch (AuthenticationTagMismatchException)
            {
                // Not that key, or not that webhook: another key with the same first bytes may be meant.
            }
        }

        return null;
    }

    private static Span<byte> Nonce(byte[] box) => box.AsSpan(1 + KeyIdBytes, NonceBytes);

    private static Span<byte> Tag(byte[] box) => box.AsSpan(1 + KeyIdBytes + NonceBytes, TagBytes);
}

using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Sluice.Gateway.Identity;

/// <summary>
/// The configured keys. Immutable after construction, so any number of requests look keys up at once.
/// </summary>
internal sealed class KeyRing
{
    private const int MaxKeyLength = 512;

    private readonly byte[][] _hashes;
    private readonly KeyHolder[] _holders;

    public KeyRing(IOptions<IdentityOptions> options)
    {
        var keys = options.Value.Keys.Values;
        _hashes = [.. keys.Select(key => Convert.FromHexString(key.Sha256))];
        _holders = [.. keys.Select(key => new KeyHolder(key.Tenant, Combine(key.Rights)))];
    }

    public IEnumerable<string> Tenants => _holders.Select(holder => holder.Tenant).Distinct(StringComparer.Ordinal);

    /// <summary>
    /// The holder of <paramref name="key"/>, or null. Looks at every key whole, whether or not one matched, so that the
    /// time taken tells neither which key matched nor how much of it.
    /// </summary>
    public KeyHolder? Find(ReadOnlySpan<char> key)
    {
        if (key.Length is 0 or > MaxKeyLength)
        {
            return null;
        }

        Span<byte> utf8 = stackalloc byte[MaxKeyLength * 3];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(key, utf8)], hash);
        var found = -1;
        for (var i = 0; i < _hashes.Length; i++)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, _hashes[i]) ? i : found;
        }

        return found < 0 ? null : _holders[found];
    }

    private static Rights Combine(IEnumerable<string> names) => names.Aggregate(
        Rights.None, (rights, name) => RightNames.TryParse(name, out var right) ? rights | right : rights);
}

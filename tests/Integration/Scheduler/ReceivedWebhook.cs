using System.Security.Cryptography;
using System.Text;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>An event as its receiver got it.</summary>
internal sealed record ReceivedWebhook(string Path, string Id, string Timestamp, string Signature, string Body)
{
    /// <summary>Checks the signature as the specification says.</summary>
    public bool IsSignedWith(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var hash = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}"));
        return Signature == "v1," + Convert.ToBase64String(hash);
    }
}

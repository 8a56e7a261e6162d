using System.Security.Cryptography;
using System.Text;

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>The keys that a gateway under test knows.</summary>
internal static class TestKeys
{
    /// <summary>All rights, tenant <c>dev</c>.</summary>
    public const string Dev = "sk-dev";

    /// <summary>All rights, another tenant.</summary>
    public const string Other = "sk-other";

    /// <summary>Tenant <c>dev</c> with the right <c>inference</c> alone.</summary>
    public const string ChatOnly = "sk-chat-only";

    public static IEnumerable<KeyValuePair<string, string>> Settings() =>
    [
        .. Key(0, Dev, "dev", "inference", "batches", "operator"),
        .. Key(1, Other, "other", "inference", "batches"),
        .. Key(2, ChatOnly, "dev", "inference"),
    ];

    private static IEnumerable<KeyValuePair<string, string>> Key(
        int no, string key, string tenant, params string[] rights) =>
    [
        new($"Identity__Keys__{no}__Sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))),
        new($"Identity__Keys__{no}__Tenant", tenant),
        .. rights.Select((right, i) => KeyValuePair.Create($"Identity__Keys__{no}__Rights__{i}", right)),
    ];
}

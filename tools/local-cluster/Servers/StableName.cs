using System.Security.Cryptography;
using System.Text;

namespace Sluice.LocalCluster.Servers;

/// <summary>A short name for a path that is the same at every start.</summary>
internal static class StableName
{
    public static string Of(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..12];
}

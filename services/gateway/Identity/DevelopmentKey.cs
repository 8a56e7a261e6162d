using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration.Memory;

namespace Sluice.Gateway.Identity;

/// <summary>
/// Development without configured keys has the key <c>sk-dev</c>, tenant <c>dev</c>, with all rights.
/// </summary>
internal static class DevelopmentKey
{
    public const string Value = "sk-dev";

    public static void Add(WebApplicationBuilder builder)
    {
        var configured = builder.Configuration.GetSection("Identity:Keys").GetChildren().Any();
        if (configured || !builder.Environment.IsDevelopment())
        {
            return;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Value)));
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData =
            [
                new("Identity:Keys:dev:Sha256", hash),
                new("Identity:Keys:dev:Tenant", "dev"),
                new("Identity:Keys:dev:Rights:0", "inference"),
                new("Identity:Keys:dev:Rights:1", "batches"),
                new("Identity:Keys:dev:Rights:2", "operator"),
            ],
        });
    }
}

using System.ComponentModel.DataAnnotations;

namespace Sluice.Gateway;

/// <summary>Configuration section <c>Gateway</c>.</summary>
internal sealed class GatewayOptions
{
    public const string Section = "Gateway";

    public const string DefaultPublicUrl = "http://127.0.0.1:8080";

    /// <summary>
    /// Where clients connect: <c>http</c> or <c>https</c> (certificate from <c>Kestrel:Certificates:Default</c>), an IP
    /// address, <c>localhost</c> or <c>*</c>, and a port. Default <c>http://127.0.0.1:8080</c>.
    /// </summary>
    [Required]
    public string PublicUrl { get; init; } = DefaultPublicUrl;
}

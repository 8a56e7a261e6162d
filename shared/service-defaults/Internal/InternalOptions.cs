using System.ComponentModel.DataAnnotations;

namespace Sluice.ServiceDefaults.Internal;

/// <summary>
/// Configuration section <c>Internal</c>: the hop between the gateway and the services, and health and metrics.
/// </summary>
public sealed class InternalOptions
{
    public const string Section = "Internal";

    /// <summary>The secret that Development uses when none is configured; refused in every other environment.</summary>
    public const string DevelopmentSecret = "sluice-development-secret";

    /// <summary>
    /// Where the process listens for the internal hop, <c>/healthz/*</c> and <c>/metrics</c>; an <c>http</c> URL with a
    /// port. Default <c>http://127.0.0.1:8081</c>.
    /// </summary>
    [Required]
    [Url]
    public string Url { get; init; } = "http://127.0.0.1:8081";

    /// <summary>
    /// Shared secret, 16 to 256 characters, the same for all processes. Development has a default; elsewhere it must
    /// be set.
    /// </summary>
    [Required(ErrorMessage = "Internal:Secret is not set; give every service the same secret of 16 to 256 characters.")]
    [StringLength(256, MinimumLength = 16, ErrorMessage = "Internal:Secret must have 16 to 256 characters.")]
    public string Secret { get; init; } = "";
}

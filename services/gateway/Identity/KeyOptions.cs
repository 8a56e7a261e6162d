using Sluice.ServiceDefaults.Options;

namespace Sluice.Gateway.Identity;

/// <summary>One entry of <see cref="IdentityOptions.Keys"/>.</summary>
internal sealed class KeyOptions
{
    /// <summary>
    /// SHA-256 of the key's UTF-8 bytes, 64 hex digits (<c>printf %s "$KEY" | sha256sum</c>). No default.
    /// </summary>
    [Masked]
    public string Sha256 { get; init; } = "";

    /// <summary>
    /// Whose data the key reaches: 1 to 64 letters, digits, <c>.</c>, <c>_</c> or <c>-</c>. No default.
    /// </summary>
    public string Tenant { get; init; } = "";

    /// <summary>What the key may do: any of <c>inference</c>, <c>batches</c>, <c>operator</c>. Default none.</summary>
    public IReadOnlyList<string> Rights { get; init; } = [];
}

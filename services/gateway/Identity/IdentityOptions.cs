namespace Sluice.Gateway.Identity;

/// <summary>Configuration section <c>Identity</c>.</summary>
internal sealed class IdentityOptions
{
    public const string Section = "Identity";

    /// <summary>
    /// The keys that are let in, under any name: <c>Identity:Keys:0:Sha256</c> and so on; at most 10,000. Development
    /// has one (<c>sk-dev</c>, tenant <c>dev</c>, all rights) when none is configured; elsewhere there must be at least
    /// one.
    /// </summary>
    public Dictionary<string, KeyOptions> Keys { get; init; } = [];
}

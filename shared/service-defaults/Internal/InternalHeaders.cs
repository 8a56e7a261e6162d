namespace Sluice.ServiceDefaults.Internal;

/// <summary>
/// Headers of the hop from the gateway to a service. The gateway removes them from every request of a client and sets
/// them itself; a service trusts them only together with <see cref="Secret"/>.
/// </summary>
public static class InternalHeaders
{
    /// <summary>Common prefix; the gateway strips every client header that starts with it (case-insensitive).</summary>
    public const string Prefix = "X-Sluice-";

    /// <summary>The shared secret of <c>Internal:Secret</c>.</summary>
    public const string Secret = "X-Sluice-Internal-Secret";

    /// <summary>Tenant of the caller's key.</summary>
    public const string Tenant = "X-Sluice-Tenant";

    /// <summary>Rights of the caller's key, lower-case words separated by commas.</summary>
    public const string Rights = "X-Sluice-Rights";

    /// <summary>Id the gateway made for a new generation (<c>chatcmpl-…</c>), on creating POSTs only.</summary>
    public const string ResponseId = "X-Sluice-Response-Id";

    /// <summary>Unix milliseconds at which the gateway received the request.</summary>
    public const string ReceivedAt = "X-Sluice-Received-At";

    /// <summary>Public header, both ways: made by the gateway unless the client sent one.</summary>
    public const string RequestId = "x-request-id";
}

using System.ComponentModel.DataAnnotations;

namespace Sluice.Gateway.Limits;

/// <summary>Configuration section <c>Limits</c>: what one request, one tenant and all together may take.</summary>
internal sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Largest JSON body, in bytes. Default 10,485,760 (10 MiB); 1 KiB to 1 GiB. Beyond it: 413.</summary>
    [Range(1024L, 1024L * 1024 * 1024)]
    public long MaxRequestBytes { get; init; } = 10L * 1024 * 1024;

    /// <summary>
    /// Largest body of an upload with its multipart frame, in bytes. Default 210,763,776 (200 MiB + 1 MiB); 1 KiB to
    /// 4 GiB. Beyond it: 413. <c>Http:MaxRequestBodyBytes</c> of the scheduler must not be less.
    /// </summary>
    [Range(1024L, 4L * 1024 * 1024 * 1024)]
    public long MaxUploadBytes { get; init; } = 201L * 1024 * 1024;

    /// <summary>
    /// Requests of one tenant that are open at once, a stream from its first to its last byte. Default 8,000, so that
    /// one may have what a streaming instance admits (1,000 streams, 5,000 further readers); 1 to 1,000,000. Beyond it:
    /// 429 <c>tenant_concurrency_limit</c>.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxConcurrentPerTenant { get; init; } = 8_000;

    /// <summary>
    /// Requests of all tenants open at once. Default 16,000; 1 to 1,000,000. Beyond it: 503 <c>overloaded</c>.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxConcurrent { get; init; } = 16_000;
}

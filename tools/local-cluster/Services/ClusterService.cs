using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;

namespace Sluice.LocalCluster.Services;

/// <summary>One service process of a cluster, with its addresses.</summary>
public sealed class ClusterService
{
    internal ClusterService(ServiceKind kind, int number, Uri internalUrl, Uri? publicUrl, Uri? http2Url)
    {
        Kind = kind;
        Number = number;
        InternalUrl = internalUrl;
        PublicUrl = publicUrl;
        Http2Url = http2Url;
    }

    public ServiceKind Kind { get; }

    /// <summary>From 1.</summary>
    public int Number { get; }

    /// <summary>Health, metrics and, except for the gateway, the internal API.</summary>
    public Uri InternalUrl { get; }

    /// <summary>The public API; only of a gateway.</summary>
    public Uri? PublicUrl { get; }

    /// <summary>Where the gateway reaches it; only of a streaming service.</summary>
    public Uri? Http2Url { get; }

    /// <summary>Kill, freeze, stop and start it here.</summary>
    public SupervisedProcess Process { get; internal set; } = null!;

    /// <summary>
    /// One look at <c>/healthz/ready</c>, a gateway's public one too; no answer within 3 s counts as not ready.
    /// </summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken = default) =>
        await HealthProbe.IsReadyAsync(InternalUrl, cancellationToken)
        && (PublicUrl is null || await HealthProbe.IsReadyAsync(PublicUrl, cancellationToken));

    /// <summary>Returns when the process says that it is ready.</summary>
    /// <param name="timeout">Default 60 s.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ProcessNotReadyException">It did not; the message has the end of its log.</exception>
    public Task WaitUntilReadyAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Readiness.WaitAsync(Process, IsReadyAsync, timeout ?? TimeSpan.FromSeconds(60), cancellationToken);
}

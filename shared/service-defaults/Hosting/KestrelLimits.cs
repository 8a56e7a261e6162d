using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>Applies <see cref="HttpServerOptions"/> to Kestrel and the host.</summary>
internal sealed class KestrelLimits(IOptions<HttpServerOptions> options)
    : IConfigureOptions<KestrelServerOptions>, IConfigureOptions<HostOptions>
{
    public void Configure(KestrelServerOptions kestrel)
    {
        var limits = options.Value;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = limits.MaxRequestBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.MaxConnections;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.MaxRequestHeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = limits.MaxRequestHeaders;
        kestrel.Limits.RequestHeadersTimeout = limits.RequestHeaderTimeout;
        kestrel.Limits.KeepAliveTimeout = limits.KeepAliveTimeout;
    }

    public void Configure(HostOptions host) => host.ShutdownTimeout = options.Value.ShutdownTimeout;
}

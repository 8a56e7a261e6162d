using Microsoft.Extensions.Options;
using Sluice.Gateway.Docs;
using Sluice.Gateway.Identity;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Play;
using Sluice.Gateway.Routing;
using Sluice.ServiceDefaults;
using Sluice.ServiceDefaults.Hosting;
using Sluice.ServiceDefaults.Internal;
using Sluice.ServiceDefaults.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;

namespace Sluice.Gateway;

/// <summary>The gateway process as a callable host, so that tests can run it in their own process.</summary>
public static class GatewayHost
{
    /// <summary>
    /// Builds the application; <paramref name="args"/> are configuration keys (<c>--Internal:Url=…</c>).
    /// </summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("gateway");
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.AddListener(ListenerKind.Public, "Gateway:PublicUrl", GatewayOptions.DefaultPublicUrl);
        AddIdentityAndLimits(builder);
        AddRouting(builder);

        var app = builder.Build();

        // Mapping the proxy reads options; all faults of all options are worth one message, not the first one met.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.UseMiddleware<PublicSurfaceMiddleware>();
        app.UseCors();
        app.MapServiceDefaults();
        app.MapDocs();
        app.MapPlay();
        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<AdmissionMiddleware>();
            proxy.UseMiddleware<OriginMiddleware>();
            proxy.UseMiddleware<ConcurrencyMiddleware>();
            proxy.UseMiddleware<BodyLimitMiddleware>();
            proxy.UseMiddleware<UpstreamMiddleware>();
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
        });
        return app;
    }

    private static void AddIdentityAndLimits(WebApplicationBuilder builder)
    {
        DevelopmentKey.Add(builder);
        var services = builder.Services;
        services.AddValidatedOptions<GatewayOptions>(GatewayOptions.Section);
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddValidatedOptions<IdentityOptions>(IdentityOptions.Section);
        services.AddSingleton<IValidateOptions<IdentityOptions>, IdentityOptionsValidator>();
        services.AddValidatedOptions<LimitsOptions>(LimitsOptions.Section);
        services.AddSingleton<KeyRing>();
        services.AddSingleton<ReadTokens>();
        services.AddSingleton<ConcurrencyLimits>();
        services.AddSingleton<GatewayMetrics>();
    }

    private static void AddRouting(WebApplicationBuilder builder)
    {
        RouteDefaults.Add(builder.Configuration);
        builder.Services.AddValidatedOptions<RoutingOptions>(RoutingOptions.Section);
        builder.Services.AddValidatedOptions<CorsOptions>(CorsOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<CorsOptions>, CorsOptionsValidator>();
        CorsPolicies.Add(builder.Services);
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddConfigFilter<RouteRulesFilter>()
            .AddTransforms<InternalHopTransforms>()
            .AddInstanceDiscovery();
        builder.Services.AddSingleton<IForwarderHttpClientFactory, UpstreamConnections>();
        NoDataProtection.Apply(builder.Services);
        builder.Services.AddSingleton<IPassiveHealthCheckPolicy, ConnectFailurePolicy>();
        builder.Services.AddHealthChecks().AddCheck<ClustersHealthCheck>("clusters", tags: ["ready"]);
    }
}

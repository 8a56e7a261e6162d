using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Health;
using Sluice.ServiceDefaults.Hosting;
using Sluice.ServiceDefaults.Internal;
using Sluice.ServiceDefaults.Logging;
using Sluice.ServiceDefaults.Metrics;
using Sluice.ServiceDefaults.Options;
using Sluice.ServiceDefaults.Telemetry;

namespace Sluice.ServiceDefaults;

/// <summary>
/// What every Sluice process has: telemetry, health, the internal listener, and errors in the public shapes.
/// </summary>
public static class ServiceDefaultsExtensions
{
    /// <param name="builder">The host under construction.</param>
    /// <param name="service">Name of the process: <c>gateway</c>, <c>streaming</c>, <c>scheduler</c>,
    /// <c>batch-worker</c>.</param>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(service);
        DefaultEnvironment.Apply(builder);
        AddLowestSettings(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddSingleLineConsole();
        builder.AddTelemetry(service);
        builder.Services.AddMetricsCollection();
        AddInternalHop(builder);
        AddHttpServer(builder);
        builder.Services.AddHealthChecks();
        builder.Services.AddSingleton<IStartupFilter, DefaultsStartupFilter>();
        builder.Services.AddSingleton<IDeveloperPageExceptionFilter, NoDeveloperPage>();
        builder.Services.AddHostedService<EffectiveOptionsLog>();

        // Binding failures always throw, so that one place turns them into error objects.
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        return builder;
    }

    /// <summary>
    /// Maps <c>/healthz/live</c>, <c>/healthz/ready</c> and, on the internal listener only, <c>/metrics</c>.
    /// </summary>
    public static WebApplication MapServiceDefaults(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapHealth();
        app.MapMetrics();
        return app;
    }

    /// <summary>
    /// Defaults that live in configuration; first in the list of sources, so that any other overrides them.
    /// </summary>
    private static void AddLowestSettings(WebApplicationBuilder builder)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            // One line per request, proxied call or statement would cost more than what it tells of.
            ["Logging:LogLevel:Default"] = "Information",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
            ["Logging:LogLevel:System.Net.Http"] = "Warning",
            ["Logging:LogLevel:Yarp"] = "Warning",
            ["Logging:LogLevel:Npgsql"] = "Warning",
            ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "Warning",

            // Their failures, with stacks at every probe and every client that left, are told by our own lines and
            // answers.
            ["Logging:LogLevel:Yarp.ReverseProxy.Forwarder"] = "Error",
            ["Logging:LogLevel:Yarp.ReverseProxy.Health.ActiveHealthCheckMonitor"] = "Error",
            ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Critical",
            ["Logging:LogLevel:Microsoft.AspNetCore.Diagnostics.DeveloperExceptionPageMiddleware"] = "None",
        };
        TelemetryVariables.AddTo(settings, builder.Configuration);
        if (builder.Environment.IsDevelopment())
        {
            settings["Internal:Secret"] = InternalOptions.DevelopmentSecret;
        }

        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(
            0, new MemoryConfigurationSource { InitialData = settings });
    }

    private static void AddInternalHop(WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<InternalOptions>(InternalOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<InternalOptions>, InternalOptionsValidator>();
    }

    private static void AddHttpServer(WebApplicationBuilder builder)
    {
        // Listeners are explicit; a base image's or a shell's ASPNETCORE_URLS or *_PORTS would only raise warnings.
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "")
            .UseSetting(WebHostDefaults.HttpPortsKey, "")
            .UseSetting(WebHostDefaults.HttpsPortsKey, "");

        var services = builder.Services;
        services.AddValidatedOptions<HttpServerOptions>(HttpServerOptions.Section);
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, KestrelLimits>();
        services.AddSingleton<IConfigureOptions<HostOptions>, KestrelLimits>();

        // After every other listener: ListenerExtensions.ListenerAddress relies on the order.
        services.PostConfigure<KestrelServerOptions>(kestrel => ListenerExtensions.Bind(
            kestrel, builder.Configuration["Internal:Url"] ?? new InternalOptions().Url, ListenerKind.Internal));
    }
}

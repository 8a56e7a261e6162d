using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Telemetry;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>
/// Puts request ids and errors outermost, before routing, whatever order a host maps its endpoints in.
/// </summary>
internal sealed class DefaultsStartupFilter(IOptions<TelemetryOptions> telemetry) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<RequestIdMiddleware>();
        if (telemetry.Value.OtlpEndpoint.Length > 0)
        {
            app.UseMiddleware<ServerSpanMiddleware>();
        }

        app.UseOpenAiErrors();
        next(app);
    };
}

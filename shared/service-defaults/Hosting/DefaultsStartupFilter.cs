using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>Puts request ids and errors outermost, before routing, whatever order a host maps its endpoints in.</summary>
internal sealed class DefaultsStartupFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<RequestIdMiddleware>();
        app.UseOpenAiErrors();
        next(app);
    };
}

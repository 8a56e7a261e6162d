using Microsoft.AspNetCore.Builder;

namespace Sluice.ServiceDefaults.Errors;

public static class ErrorMiddlewareExtensions
{
    /// <summary>
    /// Error objects for whatever fails further in. <c>AddServiceDefaults</c> has put it outermost already; a host
    /// calls it only to have a second, inner boundary.
    /// </summary>
    public static IApplicationBuilder UseOpenAiErrors(this IApplicationBuilder app) =>
        app.UseMiddleware<ErrorMiddleware>();
}

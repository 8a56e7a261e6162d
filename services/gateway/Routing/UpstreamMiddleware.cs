using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Sluice.Gateway.Routing;

/// <summary>
/// Around the choice of a destination and the forwarding: tries another destination once when the first could not be
/// connected to, and gives what still failed a body (YARP leaves it empty). After the first byte of an answer there is
/// nothing to do: YARP resets the client's connection.
/// </summary>
internal sealed partial class UpstreamMiddleware(RequestDelegate next, ILogger<UpstreamMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is { } first && UpstreamFailure.IsConnectFailure(first)
            && OtherDestinations(context) is { Count: > 0 } others)
        {
            var proxy = context.GetReverseProxyFeature();
            Log.SecondTry(logger, proxy.Cluster.Config.ClusterId, proxy.ProxiedDestination?.DestinationId ?? "none");
            proxy.AvailableDestinations = others;
            proxy.ProxiedDestination = null;
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
            await next(context);
        }

        if (context.GetForwarderErrorFeature() is { } error && !context.RequestAborted.IsCancellationRequested)
        {
            await AnswerAsync(context, error);
        }
    }

    private async Task AnswerAsync(HttpContext context, IForwarderErrorFeature error)
    {
        var cluster = context.GetReverseProxyFeature().Cluster.Config.ClusterId;
        Log.Failed(logger, cluster, error.Error, context.Response.HasStarted, error.Exception?.Message);
        if (context.Response.HasStarted)
        {
            return;
        }

        context.Response.Clear();
        context.Response.Headers[InternalHeaders.RequestId] = context.TraceIdentifier;
        await context.WriteErrorAsync(UpstreamFailure.Refusal(error));
    }

    private static List<DestinationState> OtherDestinations(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        return context.Response.HasStarted
            ? []
            : [.. proxy.AllDestinations.Where(other =>
                other != proxy.ProxiedDestination && other.Health.Active != DestinationHealth.Unhealthy
                && other.Health.Passive != DestinationHealth.Unhealthy)];
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Cluster}: cannot connect to {Destination}, trying another")]
        public static partial void SecondTry(ILogger logger, string cluster, string destination);

        [LoggerMessage(2, LogLevel.Warning, "{Cluster}: {Error} (answer started: {Started}): {Reason}")]
        public static partial void Failed(
            ILogger logger, string cluster, ForwarderError error, bool started, string? reason);
    }
}

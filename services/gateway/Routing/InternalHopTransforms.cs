using System.Globalization;
using Microsoft.Extensions.Options;
using Sluice.Gateway.Identity;
using Sluice.ServiceDefaults.Internal;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Sluice.Gateway.Routing;

/// <summary>
/// The edge between clients and services: what a client may not say is removed, what the gateway vouches for is set,
/// and what services say to each other does not get out.
/// </summary>
internal sealed class InternalHopTransforms(IOptions<InternalOptions> options) : ITransformProvider
{
    private readonly string _secret = options.Value.Secret;

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        // Services do not look at forwarding headers; a client's would only be a trap for whoever starts to.
        context.AddXForwarded(ForwardedTransformActions.Remove);
        context.AddRequestTransform(transform =>
        {
            Rewrite(transform.HttpContext, transform.ProxyRequest);
            return ValueTask.CompletedTask;
        });
        context.AddResponseTransform(transform =>
        {
            Clean(transform.HttpContext);
            return ValueTask.CompletedTask;
        });
    }

    private void Rewrite(HttpContext context, HttpRequestMessage request)
    {
        var headers = request.Headers;
        foreach (var header in context.Request.Headers)
        {
            if (header.Key.StartsWith(InternalHeaders.Prefix, StringComparison.OrdinalIgnoreCase))
            {
                headers.Remove(header.Key);
            }
        }

        headers.Authorization = null;
        headers.Remove("Forwarded");
        headers.Remove(InternalHeaders.RequestId);
        headers.TryAddWithoutValidation(InternalHeaders.RequestId, context.TraceIdentifier);

        var admission = context.Features.Get<Admission>()
            ?? throw new InvalidOperationException("A request that was not admitted reached the forwarder.");
        headers.TryAddWithoutValidation(InternalHeaders.Secret, _secret);
        headers.TryAddWithoutValidation(InternalHeaders.Tenant, admission.Tenant);
        headers.TryAddWithoutValidation(InternalHeaders.Rights, RightNames.Join(admission.Rights));
        headers.TryAddWithoutValidation(
            InternalHeaders.ReceivedAt,
            admission.ReceivedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        if (admission.ResponseId is { } id)
        {
            headers.TryAddWithoutValidation(InternalHeaders.ResponseId, id);
        }
    }

    private static void Clean(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers[InternalHeaders.RequestId] = context.TraceIdentifier;
        headers.Remove("Server");
        List<string>? leaked = null;
        foreach (var header in headers)
        {
            if (header.Key.StartsWith(InternalHeaders.Prefix, StringComparison.OrdinalIgnoreCase))
            {
                (leaked ??= []).Add(header.Key);
            }
        }

        leaked?.ForEach(name => headers.Remove(name));
    }
}

using Sluice.Inference.Providers;
using Sluice.Inference.Responses;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Models;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>A request for a response that was read and can be served.</summary>
/// <param name="Key">Of the response that it will make.</param>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Request">What is asked for.</param>
/// <param name="Provider">Who is asked.</param>
/// <param name="IsLogged">Whether the response goes through the log.</param>
internal sealed record ResponsesOrder(
    ResponseKey Key, string Tenant, ResponsesRequest Request, IModelProvider Provider, bool IsLogged)
{
    /// <exception cref="ResponseRefusedException">
    /// It is wrong, its model is unknown, or the log that it needs is away.
    /// </exception>
    public static ResponsesOrder Read(HttpContext context, ResponseKey key, ReadOnlyMemory<byte> body)
    {
        if (!ResponsesRequest.TryRead(key.PublicId(ResponseSurface.Responses), body, out var request, out var error))
        {
            throw new ResponseRefusedException(Refusal.BadRequest(error.Message, error.Param));
        }

        if (!context.RequestServices.GetRequiredService<IModelCatalog>().TryResolve(request.Model, out var provider))
        {
            throw new ResponseRefusedException(Refusal.Of(ModelEndpoints.Unknown(request.Model)));
        }

        var isLogged = ResponseCreation.IsLogged(context, provider);
        if (request.Background && !isLogged)
        {
            throw new ResponseRefusedException(Refusal.BadRequest(
                "A background response needs the log: it cannot have the durability 'none'.", "background"));
        }

        context.RequestServices.GetRequiredService<ResponseCreation>().RequireLog(isLogged);
        return new ResponsesOrder(key, context.Tenant(), request, provider, isLogged);
    }
}

using Sluice.Inference.Embeddings;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Models;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Embeddings;

/// <summary><c>POST /v1/embeddings</c>. Takes a place among the running responses like any other request.</summary>
internal static class EmbeddingsEndpoints
{
    public static IEndpointRouteBuilder MapEmbeddings(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/embeddings", (HttpContext context, ResponseCreation creation) =>
            creation.RunAsync(context, body => AnswerAsync(context, body)));
        return routes;
    }

    private static async Task<IResult?> AnswerAsync(HttpContext context, RequestBody body)
    {
        if (!EmbeddingRequest.TryRead(body.Bytes, out var request, out var error))
        {
            return OpenAiErrorResult.BadRequest(error.Message, error.Param);
        }

        var services = context.RequestServices;
        return services.GetRequiredService<IModelCatalog>().TryResolve(request.Model, out var provider)
            ? await services.GetRequiredService<WholeAnswer>().AnswerAsync(
                context, cancellation => provider.EmbedAsync(request, cancellation))
            : ModelEndpoints.Unknown(request.Model);
    }
}

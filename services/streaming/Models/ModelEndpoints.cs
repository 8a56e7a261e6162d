using Microsoft.AspNetCore.Http.HttpResults;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Streaming.Models;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>. A model's id may contain slashes.</summary>
internal static class ModelEndpoints
{
    /// <summary>Providers do not say when a model was made; the field has to be there and must not change.</summary>
    private const long Created = 1_735_689_600;

    public static IEndpointRouteBuilder MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", (IModelCatalog catalog) => List(catalog));
        routes.MapGet("/v1/models/{**id}", (string id, IModelCatalog catalog) => Get(id, catalog));
        return routes;
    }

    public static OpenAiErrorResult Unknown(string model) =>
        OpenAiErrorResult.NotFound($"The model '{Shown(model)}' does not exist.", "model", "model_not_found");

    private static JsonHttpResult<ModelList> List(IModelCatalog catalog) => TypedResults.Json(
        new ModelList("list", [.. catalog.Models.Select(View)]), ModelsJsonContext.Default.ModelList);

    private static IResult Get(string id, IModelCatalog catalog) =>
        catalog.Models.FirstOrDefault(m => m.Id == id) is { } model
            ? TypedResults.Json(View(model), ModelsJsonContext.Default.ModelView)
            : Unknown(id);

    private static ModelView View(ModelInfo model) => new(model.Id, "model", Created, model.Provider);

    private static string Shown(string model) => model.Length <= 200 ? model : model[..200] + "…";
}

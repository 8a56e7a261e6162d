using Sluice.Inference.Providers;

namespace Sluice.Tasks.OpenAi;

/// <summary>Calls of models, with the slots of the provider that serves them.</summary>
internal static class ModelCalls
{
    /// <summary>Null with the call, or the problem when no provider serves the model.</summary>
    public static TaskProblem? TryCall(
        this IModelCatalog catalog,
        string model,
        Func<IModelProvider, CancellationToken, Task<ModelAnswer>> attempt,
        out TaskCall? call)
    {
        if (!catalog.TryResolve(model, out var provider))
        {
            call = null;
            return new("model_not_found", $"The model '{model}' does not exist.", "model");
        }

        call = new(provider.Name, provider.MaxConcurrency, cancellation => new(attempt(provider, cancellation)));
        return null;
    }
}

using System.Diagnostics.CodeAnalysis;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Providers;

namespace Sluice.Tasks.OpenAi;

/// <summary><c>embeddings</c>: vectors of texts or tokens.</summary>
internal sealed class EmbeddingsTask(IModelCatalog catalog) : ITaskHandler
{
    public string Type => "embeddings";

    public string? Endpoint => "/v1/embeddings";

    public TaskProblem? Check(ReadOnlyMemory<byte> data) =>
        EmbeddingRequest.TryRead(data, out _, out var error) ? null : TaskProblem.Invalid(error.Message, error.Param);

    public bool TryPrepare(
        in TaskInput input,
        [NotNullWhen(true)] out TaskCall? prepared,
        [NotNullWhen(false)] out TaskProblem? problem)
    {
        if (!EmbeddingRequest.TryRead(input.Data, out var request, out var error))
        {
            (prepared, problem) = (null, TaskProblem.Invalid(error.Message, error.Param));
            return false;
        }

        var own = request.WithOwnErrors(input.OwnsErrors);
        problem = catalog.TryCall(
            own.Model, (model, cancellation) => model.EmbedAsync(own, cancellation), out prepared);
        return prepared is not null;
    }
}

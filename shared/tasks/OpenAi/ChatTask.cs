using System.Diagnostics.CodeAnalysis;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.Tasks.OpenAi;

/// <summary><c>chat.completions</c>: a whole chat completion.</summary>
internal sealed class ChatTask(IModelCatalog catalog) : ITaskHandler
{
    public string Type => "chat.completions";

    public string? Endpoint => "/v1/chat/completions";

    public TaskProblem? Check(ReadOnlyMemory<byte> data) => Read("chatcmpl-", data, out _);

    public bool TryPrepare(
        in TaskInput input,
        [NotNullWhen(true)] out TaskCall? prepared,
        [NotNullWhen(false)] out TaskProblem? problem)
    {
        prepared = null;
        problem = Read(input.Id("chatcmpl-"), input.Data, out var request);
        if (problem is null)
        {
            var chat = request!.WithOwnErrors(input.OwnsErrors);
            problem = catalog.TryCall(
                chat.Model, (model, cancellation) => model.CompleteAsync(chat, cancellation), out prepared);
        }

        return prepared is not null;
    }

    private static TaskProblem? Read(string id, ReadOnlyMemory<byte> data, out ChatRequest? request) =>
        !ChatRequest.TryRead(id, data, out request, out var error) ? TaskProblem.Invalid(error.Message, error.Param)
        : request.Stream ? TaskProblem.Invalid("'stream' must not be true in a batch.", "stream")
        : null;
}

using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.Inference.Responses;

namespace Sluice.Tasks.OpenAi;

/// <summary>
/// <c>responses</c>: a whole response, made of the chat completion of any provider. It is not stored: a batch keeps
/// its answers, and a conversation that is stored elsewhere cannot be continued here.
/// </summary>
internal sealed class ResponsesTask(IModelCatalog catalog, TimeProvider time) : ITaskHandler
{
    public string Type => "responses";

    public string? Endpoint => "/v1/responses";

    public TaskProblem? Check(ReadOnlyMemory<byte> data) => Read("resp_", data, out _);

    public bool TryPrepare(
        in TaskInput input,
        [NotNullWhen(true)] out TaskCall? prepared,
        [NotNullWhen(false)] out TaskProblem? problem)
    {
        prepared = null;
        ChatRequest? chat = null;
        problem = Read(input.Id("resp_"), input.Data, out var request) ?? ToChat(request!, out chat);
        chat = chat?.WithOwnErrors(input.OwnsErrors);
        problem ??= catalog.TryCall(
            request!.Model,
            async (model, cancellation) => Map(request, await model.CompleteAsync(chat!, cancellation)),
            out prepared);
        return prepared is not null;
    }

    private static TaskProblem? Read(string id, ReadOnlyMemory<byte> data, out ResponsesRequest? request)
    {
        if (!ResponsesRequest.TryRead(id, data, out request, out var error))
        {
            return TaskProblem.Invalid(error.Message, error.Param);
        }

        return request.Stream ? TaskProblem.Invalid("'stream' must not be true in a batch.", "stream")
            : request.Background ? TaskProblem.Invalid("'background' must not be true in a batch.", "background")
            : request.PreviousResponseId is not null ? TaskProblem.Invalid(
                "'previous_response_id' is not supported in a batch; send the conversation in 'input'.",
                "previous_response_id")
            : null;
    }

    private static TaskProblem? ToChat(ResponsesRequest request, out ChatRequest? chat)
    {
        try
        {
            chat = request.ToWholeChat();
            return null;
        }
        catch (JsonException exception)
        {
            chat = null;
            return TaskProblem.Invalid(exception.Message, "input");
        }
    }

    private ModelAnswer Map(ResponsesRequest request, ModelAnswer answer)
    {
        if (!answer.IsSuccess)
        {
            return answer;
        }

        try
        {
            return answer with { Body = WholeResponse.Of(request, answer.Body, time) };
        }
        catch (JsonException exception)
        {
            return new()
            {
                Failure = new(ModelFailureKind.Garbage, "The model provider's answer makes no response.")
                {
                    Detail = exception.Message,
                },
            };
        }
    }
}

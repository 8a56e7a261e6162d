using System.Text;
using System.Text.Json;
using Sluice.BatchStore.Results;
using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Lines;

/// <summary>Turns the last answer to a line into its result.</summary>
internal static class Answers
{
    /// <param name="answer">The answer.</param>
    /// <param name="isModel">A model's: it tells tokens, and may quote the operator's credentials.</param>
    public static LineResult Result(ModelAnswer answer, bool isModel = true)
    {
        if (answer.Failure is { } failure)
        {
            return LineResult.Error(failure.Code ?? Code(failure.Kind), failure.Message);
        }

        if (!answer.IsSuccess)
        {
            return new()
            {
                Kind = ResultKind.Error,
                Status = answer.Status,
                Body = isModel ? RefusalBody(answer.Status, answer.Body) : answer.Body,
            };
        }

        var usage = isModel ? TokenUsage.Of(answer) : default;
        return new()
        {
            Kind = ResultKind.Output,
            Status = answer.Status,
            Body = answer.Body,
            PromptTokens = usage.Input,
            CompletionTokens = usage.Output,
        };
    }

    private static string Code(ModelFailureKind kind) => kind switch
    {
        ModelFailureKind.TimedOut => "upstream_timeout",
        ModelFailureKind.Full => "provider_full",
        ModelFailureKind.CircuitOpen => "provider_unavailable",
        _ => "upstream_error",
    };

    /// <summary>
    /// A refusal is passed on as it came if it is JSON. Those that concern the operator's own credentials may quote
    /// them and are replaced.
    /// </summary>
    private static ReadOnlyMemory<byte> RefusalBody(int status, ReadOnlyMemory<byte> body) =>
        status is not (401 or 403) && IsJsonObject(body.Span)
            ? body
            : Encoding.UTF8.GetBytes(
                $$"""
                {"error":{"message":"The model provider refused the request with status {{status}}.",
                """ +
                """
                "type":"server_error","param":null,"code":"upstream_error"}}
                """);

    private static bool IsJsonObject(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

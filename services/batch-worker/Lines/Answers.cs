using System.Text;
using System.Text.Json;
using Sluice.BatchStore.Results;
using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Lines;

/// <summary>Turns the last answer to a line into its result.</summary>
internal static class Answers
{
    public static LineResult Result(ModelAnswer answer)
    {
        if (answer.Failure is { } failure)
        {
            return LineResult.Error(Code(failure.Kind), failure.Message);
        }

        if (!answer.IsSuccess)
        {
            return new()
            {
                Kind = ResultKind.Error,
                Status = answer.Status,
                Body = RefusalBody(answer.Status, answer.Body),
            };
        }

        var (prompt, completion) = Usage(answer.Body.Span);
        return new()
        {
            Kind = ResultKind.Output,
            Status = answer.Status,
            Body = answer.Body,
            PromptTokens = prompt,
            CompletionTokens = completion,
        };
    }

    private static string Code(ModelFailureKind kind) => kind switch
    {
        ModelFailureKind.TimedOut => "upstream_timeout",
        ModelFailureKind.Full => "provider_full",
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

    /// <summary>A missing or odd usage counts as none, and never costs the answer.</summary>
    private static (long Prompt, long Completion) Usage(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isUsage = reader.ValueTextEquals("usage"u8);
                reader.Read();
                if (isUsage && reader.TokenType == JsonTokenType.StartObject)
                {
                    return Tokens(ref reader);
                }

                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Nested deeper than the reader goes, for instance.
        }

        return (0, 0);
    }

    private static (long Prompt, long Completion) Tokens(ref Utf8JsonReader reader)
    {
        var (prompt, completion) = (0L, 0L);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isPrompt = reader.ValueTextEquals("prompt_tokens"u8);
            var isCompletion = !isPrompt && reader.ValueTextEquals("completion_tokens"u8);
            reader.Read();
            var value = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var n) && n > 0 ? n : 0;
            (prompt, completion) = (isPrompt ? value : prompt, isCompletion ? value : completion);
            reader.Skip();
        }

        return (prompt, completion);
    }
}

using System.Text;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.BatchWorker.Lines;
using Sluice.Inference.Providers;
using Xunit;

namespace Sluice.Tests.Unit.BatchWorker;

public sealed class AnswersTests
{
    [Fact]
    public void An_answer_goes_to_the_output_with_its_tokens()
    {
        const string Body =
            """
            {"usage_x":1,"choices":[{"usage":{"prompt_tokens":9}}],
            "usage":{"x":{"prompt_tokens":8},"prompt_tokens":3,"completion_tokens":5}}
            """;

        var result = Answers.Result(Answer(200, Body));

        result.Kind.ShouldBe(ResultKind.Output);
        Text(result).ShouldBe(Body);
        (result.PromptTokens, result.CompletionTokens).ShouldBe((3, 5));
    }

    [Theory]
    [InlineData("""{"usage":null}""")]
    [InlineData("""{"usage":{"prompt_tokens":"3","completion_tokens":-1}}""")]
    [InlineData("""{"usage":[1]}""")]
    [InlineData("{}")]
    [InlineData("""{"x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[""")]
    public void An_odd_usage_counts_as_none(string body)
    {
        var result = Answers.Result(Answer(200, body));

        (result.PromptTokens, result.CompletionTokens).ShouldBe((0, 0));
    }

    [Fact]
    public void A_refusal_goes_to_the_errors_as_it_came()
    {
        var result = Answers.Result(Answer(400, """{"error":{"message":"no"}}"""));

        (result.Kind, result.Status, result.Code).ShouldBe((ResultKind.Error, 400, null));
        Text(result).ShouldBe("""{"error":{"message":"no"}}""");
    }

    [Theory]
    [InlineData(503, "<html>")]
    [InlineData(503, "")]
    [InlineData(503, "{} {}")]
    [InlineData(401, """{"error":{"message":"Incorrect API key provided: sk-secret"}}""")]
    public void A_refusal_that_is_no_json_or_may_tell_secrets_is_replaced(int status, string body)
    {
        var text = Text(Answers.Result(Answer(status, body)));

        text.ShouldContain($"status {status}");
        text.ShouldContain("\"code\":\"upstream_error\"");
        text.ShouldNotContain("sk-secret");
        System.Text.Json.JsonDocument.Parse(text).Dispose();
    }

    [Theory]
    [InlineData(ModelFailureKind.TimedOut, "upstream_timeout")]
    [InlineData(ModelFailureKind.Cut, "upstream_error")]
    [InlineData(ModelFailureKind.Full, "provider_full")]
    public void No_answer_has_a_code_of_ours(ModelFailureKind kind, string code)
    {
        var result = Answers.Result(new() { Failure = new(kind, "It failed.") });

        (result.Kind, result.Code, result.Message).ShouldBe((ResultKind.Error, code, "It failed."));
    }

    private static ModelAnswer Answer(int status, string body) => new()
    {
        Status = status,
        Body = Encoding.UTF8.GetBytes(body),
    };

    private static string Text(LineResult result) => Encoding.UTF8.GetString(result.Body.Span);
}

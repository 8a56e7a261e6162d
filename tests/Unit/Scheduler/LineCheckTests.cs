using System.Text;
using Shouldly;
using Sluice.Scheduler.Batches.Validation;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class LineCheckTests
{
    private const string Endpoint = "/v1/chat/completions";
    private const string Body = """{"model":"sluice-sim","messages":[]}""";

    [Theory]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}}""")]
    [InlineData("""{"body":{"stream":false,"x":{"stream":true},"model":"m"},"url":"/v1/chat/completions","more":[1,{}],"method":"POST","custom_id":"a"}""")]
    [InlineData(""" {"custom_id":"\u0061","method":"P\u004fST","url":"\/v1\/chat\/completions","body":{"model":"m","stream":null}} """)]
    [InlineData("""{"custom_id":"ключ-🙂","method":"POST","url":"/v1/chat/completions","body":{"model":"unknown to us"}}""")]
    public void A_good_line_has_no_problem(string line) => Check(line).ShouldBeNull();

    [Theory]
    [InlineData("{", "invalid_json_line", null)]
    [InlineData("nonsense", "invalid_json_line", null)]
    [InlineData("{} {}", "invalid_json_line", null)]
    [InlineData("[1", "invalid_json_line", null)]
    [InlineData("""{"custom_id":1,"method":}""", "invalid_json_line", null)]
    [InlineData("[]", "not_an_object", null)]
    [InlineData("\"text\"", "not_an_object", null)]
    [InlineData("null", "not_an_object", null)]
    [InlineData("{}", "missing_required_field", "custom_id")]
    public void A_line_that_is_no_request_is_refused(string line, string code, string? param)
    {
        var problem = Check(line).ShouldNotBeNull();

        problem.Code.ShouldBe(code);
        problem.Param.ShouldBe(param);
    }

    [Theory]
    [InlineData(null, "missing_required_field")]
    [InlineData("7", "invalid_type")]
    [InlineData("null", "invalid_type")]
    [InlineData("[\"a\"]", "invalid_type")]
    [InlineData("\"\"", "invalid_custom_id")]
    [InlineData("\"\\ud800\"", "invalid_custom_id")]
    public void A_bad_custom_id_is_refused(string? customId, string code) =>
        Check(Line(customId: customId)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            p => p.Code.ShouldBe(code),
            p => p.Param.ShouldBe("custom_id"));

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    [InlineData(5000, false)]
    public void A_custom_id_has_at_most_512_characters(int length, bool good) =>
        (Check(Line(customId: $"\"{new string('é', length)}\"")) is null).ShouldBe(good);

    [Theory]
    [InlineData(null, "missing_required_field")]
    [InlineData("1", "invalid_type")]
    [InlineData("\"GET\"", "invalid_method")]
    [InlineData("\"post\"", "invalid_method")]
    public void A_bad_method_is_refused(string? method, string code) =>
        Check(Line(method: method)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            p => p.Code.ShouldBe(code),
            p => p.Param.ShouldBe("method"));

    [Theory]
    [InlineData(null, "missing_required_field")]
    [InlineData("{}", "invalid_type")]
    [InlineData("\"/v1/embeddings\"", "mismatched_url")]
    [InlineData("\"https://example.com/v1/chat/completions\"", "mismatched_url")]
    public void A_bad_url_is_refused(string? url, string code) =>
        Check(Line(url: url)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            p => p.Code.ShouldBe(code),
            p => p.Param.ShouldBe("url"));

    [Theory]
    [InlineData(null, "missing_required_field", "body")]
    [InlineData("\"{}\"", "invalid_type", "body")]
    [InlineData("[]", "invalid_type", "body")]
    [InlineData("{}", "missing_required_field", "body.model")]
    [InlineData("""{"model":3}""", "invalid_type", "body.model")]
    [InlineData("""{"model":{"a":[1]}}""", "invalid_type", "body.model")]
    [InlineData("""{"model":"m","stream":true}""", "stream_not_supported", "body.stream")]
    [InlineData("""{"model":"m","stream":"true"}""", "invalid_type", "body.stream")]
    public void A_bad_body_is_refused(string? body, string code, string param) =>
        Check(Line(body: body)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            p => p.Code.ShouldBe(code),
            p => p.Param.ShouldBe(param));

    /// <summary>It is valid JSON, and comparing such a name or text throws.</summary>
    [Theory]
    [InlineData("""{"\ud800":1,"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}}""")]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"\ud800":1,"model":"m"}}""")]
    [InlineData("""{"custom_id":"a","method":"\ud800","url":"/v1/chat/completions","body":{"model":"m"}}""")]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/\udc00completions","body":{"model":"m"}}""")]
    public void Half_of_a_surrogate_pair_is_refused(string line) =>
        Check(line).ShouldNotBeNull().ShouldSatisfyAllConditions(
            p => p.Code.ShouldBe("invalid_json_line"),
            p => p.Message.ShouldContain("surrogate pair"));

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        var line = Encoding.UTF8.GetBytes(Line(customId: "\"x\""));
        line[Array.IndexOf(line, (byte)'x')] = 0xFF;

        LineCheck.Check(line, Endpoint, out _).ShouldNotBeNull().Code.ShouldBe("invalid_utf8");
    }

    [Fact]
    public void A_message_quotes_only_the_beginning_of_a_long_value() =>
        Check(Line(url: $"\"{new string('u', 100_000)}\"")).ShouldNotBeNull().Message.Length.ShouldBeLessThan(250);

    [Fact]
    public void Escaped_and_plain_spellings_of_a_custom_id_are_the_same_id()
    {
        LineCheck.Check(Encoding.UTF8.GetBytes(Line(customId: "\"abc\"")), Endpoint, out var plain);
        LineCheck.Check(Encoding.UTF8.GetBytes(Line(customId: "\"\\u0061bc\"")), Endpoint, out var escaped);

        escaped.ShouldBe(plain);
    }

    private static LineProblem? Check(string line) => LineCheck.Check(Encoding.UTF8.GetBytes(line), Endpoint, out _);

    private static string Line(
        string? customId = "\"a\"",
        string? method = "\"POST\"",
        string? url = "\"/v1/chat/completions\"",
        string? body = Body)
    {
        (string Name, string? Value)[] members =
            [("custom_id", customId), ("method", method), ("url", url), ("body", body)];
        var present = members.Where(m => m.Value is not null).Select(m => $"\"{m.Name}\":{m.Value}");
        return "{" + string.Join(',', present) + "}";
    }
}

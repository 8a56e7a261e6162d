using System.Net;
using System.Text.Json.Nodes;
using Shouldly;

namespace Sluice.Tests.EndToEnd.Api;

/// <summary>A whole HTTP answer.</summary>
internal sealed record Answer(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidOperationException("The answer is null.");

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
            h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);
        return new(response.StatusCode, headers, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The JSON of a success; fails with the whole answer otherwise.</summary>
    public JsonNode Ok()
    {
        ((int)Status).ShouldBeInRange(200, 299, ToString());
        return Json;
    }

    /// <summary>
    /// Checks a refusal: its status, an OpenAI error object with all four members, a request id, a message that names
    /// the thing, and nothing of the server's insides.
    /// </summary>
    /// <param name="status">Expected status.</param>
    /// <param name="names">What the message or param must contain; null asks for nothing.</param>
    /// <param name="type">Expected <c>error.type</c>; null derives it from the status.</param>
    public JsonNode ShouldBeRefused(int status, string? names = null, string? type = null)
    {
        ((int)Status).ShouldBe(status, ToString());
        Headers.Keys.ShouldContain("x-request-id", ToString());
        Headers["Content-Type"].ShouldStartWith("application/json");
        var error = Json["error"].ShouldNotBeNull(ToString()).AsObject();
        error.Select(m => m.Key).ShouldBe(["message", "type", "param", "code"], ignoreOrder: true, ToString());
        error["type"]!.GetValue<string>().ShouldBe(type ?? TypeOf(status), ToString());
        var message = error["message"]!.GetValue<string>();
        message.Length.ShouldBeInRange(5, 1_000, ToString());
        if (names is not null)
        {
            $"{message} {error["param"]}".ShouldContain(names, Case.Insensitive, ToString());
        }

        foreach (var inside in new[] { "   at ", "Exception", "Npgsql", "MassTransit", "stack", ".cs:" })
        {
            Text.ShouldNotContain(inside, Case.Sensitive);
        }

        return error;
    }

    public override string ToString() => $"{(int)Status} {Text[..Math.Min(Text.Length, 2_000)]}";

    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        < 500 => "invalid_request_error",
        _ => "server_error",
    };
}

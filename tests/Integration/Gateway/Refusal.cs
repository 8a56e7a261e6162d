using System.Net;
using System.Text.Json;
using Shouldly;

namespace Sluice.Tests.Integration.Gateway;

/// <summary>What every refusal of the gateway must look like, whatever its cause.</summary>
internal sealed record Refusal(string Message, string Type, string? Param, string? Code)
{
    public static async Task<Refusal> ReadAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, text);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/json");
        response.Headers.GetValues("x-request-id").Single().ShouldNotBeNullOrEmpty();
        response.Headers.Contains("Server").ShouldBeFalse();
        using var document = JsonDocument.Parse(text);
        document.RootElement.EnumerateObject().Select(member => member.Name).ShouldBe(["error"]);
        var error = document.RootElement.GetProperty("error");
        error.EnumerateObject().Select(member => member.Name)
            .ShouldBe(["message", "type", "param", "code"], ignoreOrder: true);
        text.ShouldNotContain("   at ");
        return new(
            error.GetProperty("message").GetString()!,
            error.GetProperty("type").GetString()!,
            error.GetProperty("param").GetString(),
            error.GetProperty("code").GetString());
    }
}

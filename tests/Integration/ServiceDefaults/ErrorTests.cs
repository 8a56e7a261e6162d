using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Shouldly;
using Sluice.Tests.Integration.Gateway;
using Xunit;

namespace Sluice.Tests.Integration.ServiceDefaults;

public sealed class ErrorTests : IAsyncLifetime
{
    private DefaultsHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await DefaultsHost.StartAsync(app =>
    {
        app.MapPost("/v1/echo", (Order order) => Results.Json(order));
        app.MapGet("/v1/number", (int limit) => limit);
        app.MapGet("/v1/fails", string () => throw new InvalidOperationException("internal detail"));
        app.MapGet("/v1/database", string () =>
            throw new InvalidOperationException("wrapped", new NpgsqlException("down", new IOException())));
        app.MapGet("/v1/constraint", string () =>
            throw new PostgresException("duplicate", "ERROR", "ERROR", PostgresErrorCodes.UniqueViolation));
        app.MapGet("/v1/starting", string () =>
            throw new PostgresException("starting up", "FATAL", "FATAL", PostgresErrorCodes.AdminShutdown));
        app.MapGet("/v1/cut", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException("after the start");
        });
        app.MapGet("/api/fails", string () => throw new InvalidOperationException("internal detail"));
        app.MapGet("/v1/bare", () => Results.StatusCode(409));
        app.MapPost("/v1/small", (Order order) => Results.Json(order))
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(10));
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("", "application/json", null)]
    [InlineData("{", "application/json", null)]
    [InlineData("nonsense", "application/json", null)]
    [InlineData("""{"name":5}""", "application/json", "name")]
    [InlineData("""{"name":"a","items":[1,"x"]}""", "application/json", "items[1]")]
    public async Task A_malformed_body_is_a_bad_request_that_names_the_field(string body, string type, string? param)
    {
        var response = await _host.Client.PostAsync("/v1/echo", new StringContent(body, Encoding.UTF8, type));

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.BadRequest);
        refusal.Type.ShouldBe("invalid_request_error");
        refusal.Param.ShouldBe(param);
        refusal.Message.ShouldNotContain("Order");
    }

    [Fact]
    public async Task A_body_of_another_content_type_is_unsupported()
    {
        var response = await _host.Client.PostAsync("/v1/echo", new StringContent("{}", Encoding.UTF8, "text/plain"));

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.UnsupportedMediaType);
        refusal.Code.ShouldBe("unsupported_media_type");
    }

    [Fact]
    public async Task A_query_value_of_the_wrong_type_is_a_bad_request()
    {
        var response = await _host.Client.GetAsync("/v1/number?limit=many");

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.BadRequest);
        refusal.Param.ShouldBe("limit");
        refusal.Message.ShouldNotContain("int");
    }

    [Fact]
    public async Task A_body_over_an_endpoints_own_bound_is_too_large()
    {
        var response = await _host.Client.PostAsync(
            "/v1/small", new StringContent("""{"name":"0123456789"}""", Encoding.UTF8, "application/json"));

        (await Refusal.ReadAsync(response, HttpStatusCode.RequestEntityTooLarge)).Code.ShouldBe("request_too_large");
    }

    [Fact]
    public async Task An_unhandled_exception_is_a_server_error_without_its_message()
    {
        var response = await _host.Client.GetAsync("/v1/fails");

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.InternalServerError);
        refusal.Type.ShouldBe("server_error");
        refusal.Code.ShouldBe("internal_error");
        refusal.Message.ShouldNotContain("detail");
    }

    [Theory]
    [InlineData("/v1/database")]
    [InlineData("/v1/starting")]
    public async Task A_database_that_is_away_is_unavailable_with_retry_after(string path)
    {
        var response = await _host.Client.GetAsync(path);

        (await Refusal.ReadAsync(response, HttpStatusCode.ServiceUnavailable)).Code.ShouldBe("database_unavailable");
        response.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Another_database_error_is_a_server_error()
    {
        var response = await _host.Client.GetAsync("/v1/constraint");

        (await Refusal.ReadAsync(response, HttpStatusCode.InternalServerError)).Code.ShouldBe("internal_error");
    }

    [Fact]
    public async Task A_failure_after_the_answer_started_resets_the_connection() =>
        await Should.ThrowAsync<HttpRequestException>(() => _host.Client.GetStringAsync("/v1/cut"));

    [Fact]
    public async Task A_wrong_method_names_the_allowed_ones()
    {
        var response = await _host.Client.DeleteAsync("/v1/echo");

        (await Refusal.ReadAsync(response, HttpStatusCode.MethodNotAllowed)).Code.ShouldBe("method_not_allowed");
        response.Content.Headers.Allow.ShouldBe(["POST"]);
    }

    [Fact]
    public async Task A_bare_status_gets_an_error_object() =>
        (await Refusal.ReadAsync(await _host.Client.GetAsync("/v1/bare"), HttpStatusCode.Conflict))
            .Type.ShouldBe("invalid_request_error");

    [Theory]
    [InlineData("/api/fails", 500, "internal_error")]
    [InlineData("/api/nothing", 404, "not_found")]
    public async Task Own_routes_answer_with_problem_details_and_a_stable_code(string path, int status, string code)
    {
        var response = await _host.Client.GetAsync(path);

        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = await response.Content.ReadFromJsonAsync<Dictionary<string, object>>();
        problem!.Keys.ShouldBe(["type", "title", "status", "detail", "code", "request_id"], ignoreOrder: true);
        problem["code"].ToString().ShouldBe(code);
        problem["detail"].ToString()!.ShouldNotContain("internal detail");
    }

    [Fact]
    public async Task A_head_request_gets_the_status_and_no_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/v1/nothing");

        var response = await _host.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    internal sealed record Order(string Name, int[]? Items);
}

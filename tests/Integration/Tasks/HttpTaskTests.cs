using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using Sluice.Inference.Providers;
using Sluice.Tasks;
using Xunit;

namespace Sluice.Tests.Integration.Tasks;

/// <summary>The handler <c>http</c> against a real server.</summary>
public sealed class HttpTaskTests : IAsyncLifetime
{
    private WebApplication _server = null!;
    private string _host = "";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        _server = builder.Build();
        _server.MapPost("/echo", async (HttpContext http) =>
        {
            var body = await new StreamReader(http.Request.Body).ReadToEndAsync();
            var key = http.Request.Headers["Idempotency-Key"];
            return Results.Text(
                $$"""{"body":{{body}},"key":"{{key}}","x":"{{http.Request.Headers["X-A"]}}"}""", "application/json");
        });
        _server.MapPost("/text", () => Results.Text("line 1\n\"line\" 2", statusCode: 201));
        _server.MapPost("/redirect", () => Results.Redirect("/echo"));
        _server.MapPost("/refuse", () => Results.Text("<html>", statusCode: 401));
        _server.MapPost("/large", () => Results.Text(new string('x', 5000)));
        var never = new TaskCompletionSource();
        _server.MapPost("/slow", (HttpContext http) => never.Task.WaitAsync(http.RequestAborted));
        _server.MapPost("/cut", (HttpContext http) => http.Abort());
        await _server.StartAsync();
        var addresses = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        _host = new Uri(addresses.Addresses.First()).Authority;
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_body_is_posted_with_its_headers_and_the_answer_comes_back()
    {
        var answer = await RunAsync($$"""
            {"url":"http://{{_host}}/echo","body":{"a":[1]},"headers":{"X-A":"b"} }
            """);

        answer.IsSuccess.ShouldBeTrue(answer.Failure?.Message);
        Text(answer).ShouldStartWith("""{"body":{"a":[1]},"key":"task_""");
        Text(answer).ShouldEndWith("\"x\":\"b\"}");
    }

    [Theory]
    [InlineData("text", 201, "\"line 1\\n\\u0022line\\u0022 2\"")]
    [InlineData("redirect", 302, "\"\"")]
    [InlineData("refuse", 401, "\"\\u003Chtml\\u003E\"")]
    public async Task An_answer_that_is_no_json_becomes_a_text_and_no_redirect_is_followed(
        string path, int status, string body)
    {
        var answer = await RunAsync($$"""{"url":"http://{{_host}}/{{path}}","body":1}""");

        answer.Status.ShouldBe(status);
        answer.IsSuccess.ShouldBe(status < 300);
        Text(answer).ShouldBe(body);
    }

    [Theory]
    [InlineData("large", "response_too_large", true, "00:01:00")]
    [InlineData("slow", "http_timeout", false, "00:00:00.200")]
    [InlineData("cut", "http_error", false, "00:01:00")]
    public async Task What_goes_wrong_has_a_code(string path, string code, bool isFinal, string timeout)
    {
        var answer = await RunAsync($$"""{"url":"http://{{_host}}/{{path}}"}""", ("Timeout", timeout));
        var failure = answer.Failure.ShouldNotBeNull();

        (failure.Code, failure.IsFinal).ShouldBe((code, isFinal));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("http://nowhere.invalid/")]
    public async Task A_host_that_nothing_was_sent_to_counts_as_unreachable(string url)
    {
        var answer = await RunAsync($$"""{"url":"{{url}}"}""", ("AllowedHosts:0", new Uri(url).Authority));

        var failure = answer.Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code).ShouldBe((ModelFailureKind.Unreachable, "http_error"));
    }

    [Fact]
    public async Task An_allowed_name_that_leads_into_the_private_network_is_not_called()
    {
        var port = _host.Split(':')[1];
        var answer = await RunAsync(
            $$"""{"url":"http://localhost:{{port}}/echo"}""", ("AllowPrivateAddresses", "false"));

        answer.Failure.ShouldNotBeNull().Code.ShouldBe("host_not_allowed");
        answer.Failure.IsFinal.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"url":"http://elsewhere.example/"}""", "host_not_allowed", "url")]
    [InlineData("""{"url":"ftp://127.0.0.1/"}""", "invalid_request", "url")]
    [InlineData("""{"url":"/echo"}""", "invalid_request", "url")]
    [InlineData("""{"url":"http://u:p@127.0.0.1/"}""", "invalid_request", "url")]
    [InlineData("""{"url":1}""", "invalid_request", "url")]
    [InlineData("""{"body":1}""", "invalid_request", "url")]
    [InlineData("""{"url":"http://localhost/","headers":{"Host":"a"}}""", "invalid_request", "headers.Host")]
    [InlineData("""{"url":"http://localhost/","headers":{"Content-Length":"1"}}""", "invalid_request",
        "headers.Content-Length")]
    [InlineData("""{"url":"http://localhost/","headers":{"X":"a\r\nY: b"}}""", "invalid_request", "headers.X")]
    [InlineData("""{"url":"http://localhost/","headers":[]}""", "invalid_request", "headers")]
    [InlineData("""{"url":"http://localhost/","method":"GET"}""", "invalid_request", "method")]
    [InlineData("\"http://localhost/\"", "invalid_request", null)]
    public async Task Data_that_cannot_be_sent_is_refused_with_its_field(string data, string code, string? param)
    {
        await using var services = Services();

        var problem = Handler(services).Check(Encoding.UTF8.GetBytes(data)).ShouldNotBeNull();

        (problem.Code, problem.Param).ShouldBe((code, param));
    }

    private async Task<ModelAnswer> RunAsync(string data, params (string Key, string Value)[] settings)
    {
        await using var services = Services(settings);
        var input = new TaskInput(Guid.NewGuid(), 1, Encoding.UTF8.GetBytes(data));
        Handler(services).TryPrepare(input, out var call, out var problem).ShouldBeTrue(problem?.Message);
        return await call!.AttemptAsync(CancellationToken.None);
    }

    private static ITaskHandler Handler(ServiceProvider services)
    {
        services.GetRequiredService<TaskHandlers>().TryFindType("http"u8, out var handler).ShouldBeTrue();
        return handler!;
    }

    private ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var port = _host.Split(':')[1];
        (string Key, string Value)[] defaults =
        [
            ("AllowedHosts:0", _host), ("AllowedHosts:1", $"localhost:{port}"), ("AllowedHosts:2", "localhost"),
            ("AllowPrivateAddresses", "true"), ("MaxResponseBytes", "2048"), ("Timeout", "00:01:00"),
        ];
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(defaults.Concat(settings)
                .ToLookup(s => s.Key, s => s.Value, StringComparer.Ordinal)
                .Select(s => new KeyValuePair<string, string?>($"HttpTasks:{s.Key}", s.Last())))
            .Build());
        services.AddTasks();
        return services.BuildServiceProvider();
    }

    private static string Text(ModelAnswer answer) => Encoding.UTF8.GetString(answer.Body.Span);
}

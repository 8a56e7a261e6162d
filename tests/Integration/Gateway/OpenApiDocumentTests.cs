using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using Sluice.Gateway;
using Sluice.Scheduler;
using Sluice.Streaming;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

/// <summary>The document is written by hand; these tests hold it to what the services really map.</summary>
public sealed class OpenApiDocumentTests
{
    private static readonly string[] Services =
    [
        "--environment=Development",
        "--Internal:Url=http://127.0.0.1:0",
        "--Gateway:PublicUrl=http://127.0.0.1:0",
        "--ConnectionStrings:Postgres=postgresql://u:p@127.0.0.1:1/db",
        "--ConnectionStrings:RabbitMq=amqp://u:p@127.0.0.1:1/",
    ];

    [Fact]
    public async Task The_document_names_the_routes_of_the_services_and_no_others()
    {
        await using var streaming = StreamingHost.Build(Services);
        await using var scheduler = SchedulerHost.Build(Services);
        await using var gateway = GatewayHost.Build(Services);
        var mapped = Operations(streaming).Concat(Operations(scheduler))
            .Where(operation => operation.Contains(" /v1/", StringComparison.Ordinal)
                || operation.Contains(" /api/", StringComparison.Ordinal))
            .Concat(Operations(gateway).Where(operation => operation.Contains(" /openapi", StringComparison.Ordinal)))
            .Distinct(StringComparer.Ordinal)

            // A WebSocket over HTTP/2 is a CONNECT (RFC 8441), which OpenAPI has no name for; it stands as GET.
            .Where(operation => !operation.StartsWith("CONNECT ", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

        using var document = Document();
        var documented = document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(path => !path.Name.StartsWith("/healthz", StringComparison.Ordinal))
            .SelectMany(path => path.Value.EnumerateObject().Select(
                operation => $"{operation.Name.ToUpperInvariant()} {Plain(path.Name)}"))
            .Order(StringComparer.Ordinal);

        documented.ShouldBe(mapped);
    }

    [Fact]
    public void Every_reference_resolves_and_every_component_is_used_or_describes_what_a_body_holds()
    {
        using var document = Document();
        var text = document.RootElement.GetRawText();
        var references = Regex.Matches(text, "\"#/components/([a-zA-Z]+)/([A-Za-z]+)\"", RegexOptions.None, Limit)
            .Select(match => $"{match.Groups[1].Value}/{match.Groups[2].Value}")
            .ToHashSet(StringComparer.Ordinal);
        var components = document.RootElement.GetProperty("components").EnumerateObject()
            .SelectMany(kind => kind.Value.EnumerateObject().Select(component => $"{kind.Name}/{component.Name}"))
            .ToHashSet(StringComparer.Ordinal);

        references.Except(components).ShouldBeEmpty();
        components.Except(references).Order(StringComparer.Ordinal).ShouldBe(
        [
            "schemas/BatchInputLine",
            "schemas/ChatCompletionChunk",
            "securitySchemes/ApiKey",
        ]);
    }

    [Fact]
    public void Every_operation_has_an_id_of_its_own_its_errors_and_the_parameters_of_its_path()
    {
        using var document = Document();
        var ids = new List<string>();
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                ids.Add(operation.Value.GetProperty("operationId").GetString()!);
                var keyless = operation.Value.TryGetProperty("security", out var security)
                    && security.GetArrayLength() == 0;
                var statuses = operation.Value.GetProperty("responses").EnumerateObject().Select(status => status.Name);
                statuses.ShouldContain(status => status == "200" || status == "202" || status == "204", path.Name);
                (keyless || statuses.Contains("401")).ShouldBeTrue(path.Name);
                var named = operation.Value.GetRawText();
                foreach (Match parameter in Regex.Matches(path.Name, "{([a-z]+)", RegexOptions.None, Limit))
                {
                    named.ShouldContain(parameter.Groups[1].Value, Case.Insensitive, path.Name);
                }
            }
        }

        ids.ShouldBeUnique();
    }

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static JsonDocument Document()
    {
        using var resource = typeof(GatewayHost).Assembly.GetManifestResourceStream("Sluice.Gateway.openapi.json");
        return JsonDocument.Parse(resource!);
    }

    private static IEnumerable<string> Operations(WebApplication app) =>
        ((IEndpointRouteBuilder)app).DataSources
            .SelectMany(source => source.Endpoints.OfType<RouteEndpoint>())
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(
                method => $"{method} {Plain(endpoint.RoutePattern.RawText!)}"));

    /// <summary>Parameters differ in name between route and document, and some take in slashes.</summary>
    private static string Plain(string path) =>
        Regex.Replace("/" + path.Trim('/'), "{[^}]*}", "{}", RegexOptions.None, Limit);
}

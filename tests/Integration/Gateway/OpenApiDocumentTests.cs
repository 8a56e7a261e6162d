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

    [Fact]
    public void Every_proxied_operation_names_what_gateway_and_hop_may_answer_with_their_headers()
    {
        using var document = Document();
        var missing = new List<string>();
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(path => path.Name.StartsWith("/v1/", StringComparison.Ordinal)
                || path.Name.StartsWith("/api/", StringComparison.Ordinal)))
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var responses = operation.Value.GetProperty("responses");
                missing.AddRange(Needed(path.Name, operation.Value)
                    .Where(need => !Answers(document, responses, need))
                    .Select(need => $"{operation.Name} {path.Name}: {need}"));
            }
        }

        missing.ShouldBeEmpty();
    }

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Status, header and content type of each refusal that does not depend on the operation's own work.
    /// </summary>
    private static IEnumerable<(string Status, string Header, string Content)> Needed(
        string path, JsonElement operation)
    {
        var content = path.StartsWith("/api/", StringComparison.Ordinal)
            ? "application/problem+json"
            : "application/json";
        (string Status, string Header)[] always =
        [
            ("401", "WWW-Authenticate"),
            ("403", ""),
            ("405", "Allow"),
            ("429", "Retry-After"),
            ("500", ""),
            ("503", "Retry-After"),
            ("504", "Retry-After"),
        ];
        string[] body = operation.TryGetProperty("requestBody", out _) ? ["400", "408", "413"] : [];
        string[] id = path.Contains('{', StringComparison.Ordinal) ? ["404"] : [];
        return always.Concat(body.Concat(id).Select(status => (Status: status, Header: "")))
            .Select(need => (need.Status, need.Header, content));
    }

    private static bool Answers(
        JsonDocument document, JsonElement responses, (string Status, string Header, string Content) need)
    {
        if (!responses.TryGetProperty(need.Status, out var response))
        {
            return false;
        }

        if (response.TryGetProperty("$ref", out var reference))
        {
            response = document.RootElement.GetProperty("components").GetProperty("responses")
                .GetProperty(reference.GetString()!.Split('/')[^1]);
        }

        return response.GetProperty("content").TryGetProperty(need.Content, out _)
            && (need.Header.Length == 0
                || (response.TryGetProperty("headers", out var headers) && headers.TryGetProperty(need.Header, out _)));
    }

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

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.DeadLetters;

/// <summary>
/// All services in the test process behind a gateway that knows an operator and two tenants. Consumers give up fast.
/// </summary>
public sealed class DeadLetterFixture : IAsyncLifetime
{
    /// <summary>How often a validation is tried again that became a dead letter.</summary>
    public const int MaxRetries = 2;

    private const string Url = "/v1/chat/completions";

    private InProcessSluice? _sluice;

    public InProcessSluice Sluice => _sluice!;

    /// <summary>The right <c>operator</c> and no other.</summary>
    public HttpClient Operator { get; private set; } = null!;

    /// <summary>The right <c>batches</c> of tenant <c>acme</c>.</summary>
    public HttpClient Acme { get; private set; } = null!;

    /// <summary>The right <c>batches</c> of tenant <c>globex</c>.</summary>
    public HttpClient Globex { get; private set; } = null!;

    /// <summary>The right <c>inference</c> alone.</summary>
    public HttpClient ChatOnly { get; private set; } = null!;

    /// <summary>The right <c>batches</c> of a tenant that may have one batch at a time.</summary>
    public HttpClient Tight { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _sluice = await InProcessSluice.StartAsync(Settings);
        Operator = Client("sk-operator");
        Acme = Client("sk-acme");
        Globex = Client("sk-globex");
        ChatOnly = Client("sk-chat");
        Tight = Client("sk-tight");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in new[] { Operator, Acme, Globex, ChatOnly, Tight })
        {
            client?.Dispose();
        }

        if (_sluice is not null)
        {
            await _sluice.DisposeAsync();
        }
    }

    /// <summary>A service of the scheduler.</summary>
    public T Get<T>()
        where T : notnull => Sluice.Host(ServiceKind.Scheduler).Services.GetRequiredService<T>();

    /// <summary>A line of an input file; its message is an order to the simulated model.</summary>
    public static string Line(string customId, string message) => new JsonObject
    {
        ["custom_id"] = customId,
        ["method"] = "POST",
        ["url"] = Url,
        ["body"] = Body(message),
    }.ToJsonString();

    public static JsonObject Body(string message) => new()
    {
        ["model"] = "sluice-sim",
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = message }),
    };

    /// <summary>A line that is always refused with this status.</summary>
    public static string Bad(string customId, int status = 422) =>
        Line(customId, $"@sim status={status} times=1000000 #{Guid.NewGuid()}");

    /// <summary>Runs the lines as a batch to its end, and returns it.</summary>
    public static async Task<JsonNode> RunBatchAsync(HttpClient client, params IEnumerable<string> lines) =>
        await EndOfAsync(client, await SubmitAsync(client, lines));

    /// <summary>Id of a new batch of these lines.</summary>
    public static Task<string> SubmitAsync(HttpClient client, params IEnumerable<string> lines) =>
        SubmitWithinAsync(client, "24h", lines);

    /// <summary>As <see cref="SubmitAsync"/>, with that completion window.</summary>
    public static async Task<string> SubmitWithinAsync(HttpClient client, string window, IEnumerable<string> lines)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(string.Join("\r\n", lines))), "file", "input.jsonl" },
        };
        var file = await JsonAsync(await client.PostAsync("/v1/files", form));
        var batch = await PostAsync(client, "/v1/batches", new JsonObject
        {
            ["input_file_id"] = file["id"]!.GetValue<string>(),
            ["endpoint"] = Url,
            ["completion_window"] = window,
            ["metadata"] = new JsonObject { ["team"] = "blue" },
        });
        return batch["id"]!.GetValue<string>();
    }

    /// <summary>The batch once it has ended.</summary>
    public static async Task<JsonNode> EndOfAsync(HttpClient client, string batch) => await Eventually.Value(
        $"{batch} ended",
        async () =>
        {
            var now = await GetAsync(client, $"/v1/batches/{batch}");
            return now["status"]!.GetValue<string>() is "completed" or "failed" or "cancelled" ? now : null;
        });

    public static async Task<JsonNode> GetAsync(HttpClient client, string path) =>
        await JsonAsync(await client.GetAsync(path));

    /// <summary>The <c>data</c> of a list of dead letters.</summary>
    public static async Task<IReadOnlyList<JsonNode>> LettersAsync(HttpClient client, string query) =>
        [.. (await GetAsync(client, $"/api/dead-letters?{query}"))["data"]!.AsArray().Select(l => l!)];

    public static async Task<JsonNode> PostAsync(HttpClient client, string path, JsonNode? body = null) =>
        await JsonAsync(await SendAsync(client, path, body));

    public static async Task<HttpResponseMessage> SendAsync(HttpClient client, string path, JsonNode? body = null) =>
        await client.PostAsync(
            path, body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));

    /// <summary>Lines of a batch's file by custom id.</summary>
    public static async Task<Dictionary<string, JsonNode>> ResultsAsync(HttpClient client, JsonNode batch, string file)
    {
        if (batch[file] is not { } id)
        {
            return [];
        }

        var text = await client.GetStringAsync($"/v1/files/{id.GetValue<string>()}/content");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)
            .ToDictionary(l => l["custom_id"]!.GetValue<string>(), StringComparer.Ordinal);
    }

    public static async Task<JsonNode> JsonAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            answer.IsSuccessStatusCode.ShouldBeTrue($"{(int)answer.StatusCode} {text}");
            return JsonNode.Parse(text)!;
        }
    }

    /// <summary>Checks that a request was refused as <c>/api/*</c> refuses, and returns the problem.</summary>
    public static async Task<JsonNode> RefusedAsync(
        HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            answer.StatusCode.ShouldBe(status, text);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            var problem = JsonNode.Parse(text)!;
            problem["code"]!.GetValue<string>().ShouldBe(code, text);
            return problem;
        }
    }

    private static IEnumerable<string> Settings(ServiceKind kind) => kind switch
    {
        ServiceKind.Gateway =>
        [
            .. Key(0, "sk-operator", "ops", "operator"),
            .. Key(1, "sk-acme", "acme", "batches"),
            .. Key(2, "sk-globex", "globex", "batches"),
            .. Key(3, "sk-chat", "acme", "inference"),
            .. Key(4, "sk-tight", "tight", "batches"),
        ],
        ServiceKind.Scheduler or ServiceKind.BatchWorker =>
        [
            "Messaging:RetryIntervals:0=00:00:00.010",
            "Messaging:RedeliveryIntervals:0=00:00:00.020",
            "Validation:RetryAfter=00:00:00.050",
            $"Validation:MaxRetries={MaxRetries}",
            "DeadLetters:IntakeInterval=00:00:00.200",
            "DeadLetters:ReplayInterval=00:00:00.100",
            "DeadLetters:StepSpan=00:00:01",
            "DeadLetters:WhenFull=00:00:00.100",
            "Tenants:Named:tight:MaxBatches=1",
            .. kind == ServiceKind.BatchWorker ? ["Worker:RetryDelay=00:00:00.001"] : Array.Empty<string>(),
        ],
        _ => [],
    };

    private static IEnumerable<string> Key(int no, string key, string tenant, string right) =>
    [
        $"Identity:Keys:{no}:Sha256={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}",
        $"Identity:Keys:{no}:Tenant={tenant}",
        $"Identity:Keys:{no}:Rights:0={right}",
    ];

    private HttpClient Client(string key)
    {
        var client = new HttpClient { BaseAddress = Sluice.PublicUrl };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}

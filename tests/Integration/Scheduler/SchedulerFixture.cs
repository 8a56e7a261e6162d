using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Sluice.Scheduler;
using Sluice.ServiceDefaults.Hosting;
using Sluice.ServiceDefaults.Internal;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>A scheduler in the test process, over a database and a virtual host of its own.</summary>
public sealed class SchedulerFixture : IAsyncLifetime
{
    public const string Tenant = "acme";

    private PostgresDatabase? _database;
    private RabbitVhost? _vhost;
    private WebApplication? _scheduler;

    /// <summary>Settings of its scheduler besides those of all.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Requests of <see cref="Tenant"/>.</summary>
    public HttpClient Client { get; private set; } = null!;

    public NpgsqlDataSource DataSource => Get<NpgsqlDataSource>();

    public IServiceProvider Services => _scheduler!.Services;

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _vhost = await RabbitVhost.CreateAsync();
        _scheduler = await StartSchedulerAsync([.. Settings]);
        Client = ClientOf(_scheduler, Tenant);
    }

    /// <summary>One more scheduler over the same database and broker; the caller disposes it.</summary>
    public async Task<WebApplication> StartSchedulerAsync(params string[] args)
    {
        var scheduler = SchedulerHost.Build(
            [.. Connections(), "--Internal:Url=http://127.0.0.1:0", "--Files:MaxBytes=3145728",
                // One size, whatever other tests of the class have just finished.
                "--Dispatch:Window=8", "--Dispatch:MinWindow=8", .. args]);
        await scheduler.StartAsync();
        return scheduler;
    }

    public IEnumerable<string> Connections() =>
    [
        $"--ConnectionStrings:Postgres={_database!.Uri}",
        $"--ConnectionStrings:RabbitMq={_vhost!.Uri}",
        "--environment=Development",
        "--Logging:LogLevel:Default=Warning",
    ];

    public HttpClient ClientOf(string tenant) => ClientOf(_scheduler!, tenant);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_scheduler is not null)
        {
            await _scheduler.DisposeAsync();
        }

        if (_vhost is not null)
        {
            await _vhost.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    public async Task<int> ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        return await connection.ExecuteAsync(sql, parameters);
    }

    public async Task<T?> ScalarAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<T>(sql, parameters);
    }

    /// <summary>Uploads a file and returns its id.</summary>
    public async Task<string> UploadAsync(string content, string purpose = "batch") =>
        await UploadAsync(Encoding.UTF8.GetBytes(content), purpose);

    public async Task<string> UploadAsync(byte[] content, string purpose = "batch")
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(purpose), "purpose" },
            { new ByteArrayContent(content), "file", "input.jsonl" },
        };
        return (await Json(await Client.PostAsync("/v1/files", form))).GetProperty("id").GetString()!;
    }

    /// <summary>Uploads lines and makes a batch of them.</summary>
    public async Task<JsonElement> CreateBatchAsync(int lines) => await CreateBatchAsync(BatchLines.Good(lines));

    public async Task<JsonElement> CreateBatchAsync(string content) =>
        await Json(await PostBatchAsync(await UploadAsync(content)));

    /// <summary>Uploads lines and makes a batch of them with more members, such as <c>"priority":"low",</c>.</summary>
    public async Task<JsonElement> CreateBatchAsync(int lines, string members, string window = "24h")
    {
        var file = await UploadAsync(BatchLines.Good(lines));
        return await Json(await PostJsonAsync(
            "/v1/batches",
            $$"""
            {{{members}} "input_file_id":"{{file}}","endpoint":"/v1/chat/completions","completion_window":"{{window}}"}
            """));
    }

    public Task<HttpResponseMessage> PostBatchAsync(string file, Action<HttpRequestHeaders>? headers = null) =>
        PostJsonAsync(
            "/v1/batches",
            $$"""{"input_file_id":"{{file}}","endpoint":"/v1/chat/completions","completion_window":"24h"}""",
            headers);

    public async Task<HttpResponseMessage> PostJsonAsync(
        string path, string json, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        headers?.Invoke(request.Headers);
        return await Client.SendAsync(request);
    }

    public async Task<JsonElement> GetAsync(string path) => await Json(await Client.GetAsync(path));

    /// <summary>Waits until the batch has this status, and returns it.</summary>
    public async Task<JsonElement> WaitForAsync(string batch, string status)
    {
        JsonElement seen = default;
        await Eventually.Until($"batch {batch} is {status}", async () =>
        {
            seen = await GetAsync($"/v1/batches/{batch}");
            return seen.GetProperty("status").GetString() == status;
        });
        return seen;
    }

    public static async Task<JsonElement> Json(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The <c>error</c> of a refusal, after checking its status and that all members are there.</summary>
    public static async Task<JsonElement> Refusal(HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        error.EnumerateObject().Select(m => m.Name).ShouldBe(["message", "type", "param", "code"]);
        error.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
        return error;
    }

    /// <summary>
    /// Checks that a refusal under <c>/api</c> is problem details with this code, and names this field if given.
    /// </summary>
    public static async Task ProblemAsync(
        HttpResponseMessage response, int status, string code, string? param = null)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("code").GetString().ShouldBe(code, text);
        problem.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        if (param is not null)
        {
            problem.GetProperty("param").GetString().ShouldBe(param);
        }
    }

    public static HttpClient ClientOf(WebApplication scheduler, string tenant)
    {
        var client = new HttpClient { BaseAddress = scheduler.ListenerAddress(ListenerKind.Internal) };
        client.DefaultRequestHeaders.Add(InternalHeaders.Secret, InternalOptions.DevelopmentSecret);
        client.DefaultRequestHeaders.Add(InternalHeaders.Tenant, tenant);
        return client;
    }
}

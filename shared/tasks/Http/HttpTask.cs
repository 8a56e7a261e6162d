using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Sluice.Tasks.Http;

/// <summary>
/// <c>http</c>: sends <c>body</c> by POST to <c>url</c>, a host that the operator allows, and answers with what comes
/// back. A call may be repeated: each carries the same <c>Idempotency-Key</c> unless the task sets its own.
/// </summary>
internal sealed class HttpTask : ITaskHandler
{
    private readonly HttpTaskOptions _options;
    private readonly HttpTaskClient _client;
    private readonly AllowedHost[] _allowed;

    public HttpTask(IOptions<HttpTaskOptions> options, HttpTaskClient client)
    {
        (_options, _client) = (options.Value, client);
        _allowed = [.. _options.AllowedHosts.Select(h => AllowedHost.Parse(h)!)];
    }

    public string Type => "http";

    public TaskProblem? Check(ReadOnlyMemory<byte> data) => Read(data, out _);

    public bool TryPrepare(
        in TaskInput input,
        [NotNullWhen(true)] out TaskCall? prepared,
        [NotNullWhen(false)] out TaskProblem? problem)
    {
        prepared = null;
        problem = Read(input.Data, out var data);
        if (problem is null)
        {
            var id = input.Id("task_");
            prepared = new(
                Find(data!.Url)!.Resource,
                _options.MaxConcurrency,
                cancellation => new(_client.PostAsync(id, data!, cancellation)))
            {
                IsSpared = true,
            };
        }

        return problem is null;
    }

    private TaskProblem? Read(ReadOnlyMemory<byte> json, out HttpTaskData? data) =>
        HttpTaskData.Read(json, out data) is { } problem ? problem
        : Find(data!.Url) is not null ? null
        : new(
            "host_not_allowed",
            $"The host '{data.Url.Authority}' is not one that the operator allows; see {HttpTaskOptions.Section}.",
            "url");

    private AllowedHost? Find(Uri url) => Array.Find(_allowed, host => host.Allows(url));
}

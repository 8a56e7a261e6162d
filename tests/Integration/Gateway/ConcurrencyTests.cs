using System.Net;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class ConcurrencyTests : IAsyncLifetime
{
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private Upstream _upstream = null!;

    public async ValueTask InitializeAsync() => _upstream = await Upstream.StartAsync(async context =>
    {
        Interlocked.Increment(ref _open);
        await _release.Task;
        await context.Response.WriteAsync("done");
    });

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Theory]
    [InlineData("MaxConcurrentPerTenant", 429, "rate_limit_error", "tenant_concurrency_limit")]
    [InlineData("MaxConcurrent", 503, "server_error", "overloaded")]
    public async Task One_request_too_many_is_refused_at_once_and_the_others_finish(
        string limit, int status, string type, string code)
    {
        await using var gateway = await TestGateway.StartAsync(_upstream, $"--Limits:{limit}=2");
        var open = new[] { gateway.Client.GetAsync("/v1/models"), gateway.Client.GetAsync("/v1/batches") };
        await Eventually.Until("both requests are at the service", () => Volatile.Read(ref _open) == 2);

        var response = await gateway.Client.GetAsync("/v1/models");

        var refusal = await Refusal.ReadAsync(response, (HttpStatusCode)status);
        refusal.Type.ShouldBe(type);
        refusal.Code.ShouldBe(code);
        response.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        _release.SetResult();
        (await Task.WhenAll(open)).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
        (await gateway.Client.GetAsync("/v1/models")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}

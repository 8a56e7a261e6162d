using Microsoft.AspNetCore.Builder;
using Shouldly;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>Bounds of what one tenant has queued; no worker runs, so what is created stays.</summary>
public sealed class TenantLimitsTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>, IAsyncLifetime
{
    private WebApplication? _limited;

    public async ValueTask InitializeAsync() => _limited = await scheduler.StartSchedulerAsync(
        "--Tenants:Default:MaxBatches=3",
        "--Tenants:Named:lines:MaxLines=25",
        "--Tenants:Named:queue:MaxLines=25",
        "--Tenants:Named:bytes:MaxBytes=3000");

    public async ValueTask DisposeAsync() => await _limited!.DisposeAsync();

    [Fact]
    public async Task The_number_of_batches_is_bounded_and_what_has_ended_does_not_count()
    {
        var tenant = new TenantClient(_limited!, "some");
        var first = await tenant.CreateAsync(lines: 1);
        await tenant.CreateAsync(lines: 1);
        await tenant.CreateAsync(lines: 1);

        var error = await Refusal(await tenant.PostAsync(lines: 1), 429);

        error.GetProperty("code").GetString().ShouldBe("tenant_batches_limit");
        error.GetProperty("type").GetString().ShouldBe("rate_limit_error");
        error.GetProperty("message").GetString()!.ShouldContain("3");
        await tenant.CancelAsync(first);
        await tenant.CreateAsync(lines: 1);
        await new TenantClient(_limited!, "another").CreateAsync(lines: 1);
    }

    [Fact]
    public async Task Creations_at_the_same_time_do_not_fit_into_the_same_room()
    {
        var tenant = new TenantClient(_limited!, "hurried");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tenant.PostAsync(lines: 1)));

        answers.Count(a => a.IsSuccessStatusCode).ShouldBe(3);
        answers.Where(a => !a.IsSuccessStatusCode).ShouldAllBe(a => (int)a.StatusCode == 429);
        answers.Where(a => !a.IsSuccessStatusCode)
            .ShouldAllBe(a => a.Headers.GetValues("x-should-retry").Single() == "false");
    }

    [Fact]
    public async Task The_lines_are_bounded()
    {
        var tenant = new TenantClient(_limited!, "lines");
        await tenant.CreateAsync(lines: 20);

        var error = await Refusal(await tenant.PostAsync(lines: 6), 429);

        error.GetProperty("code").GetString().ShouldBe("tenant_lines_limit");
        await tenant.CreateAsync(lines: 5);
    }

    [Fact]
    public async Task Jobs_count_as_batches_do()
    {
        var lines = new TenantClient(_limited!, "queue");
        await Json(await lines.PostJobAsync(tasks: 15));
        await ProblemAsync(await lines.PostJobAsync(tasks: 11), "tenant_lines_limit");
        (await Refusal(await lines.PostAsync(lines: 11), 429)).GetProperty("code").GetString()
            .ShouldBe("tenant_lines_limit");
        await ProblemAsync(await new TenantClient(_limited!, "bytes").PostJobAsync(tasks: 100), "tenant_bytes_limit");
        var some = new TenantClient(_limited!, "jobs");
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await Json(await some.PostJobAsync(tasks: 1));
        }

        await ProblemAsync(await some.PostJobAsync(tasks: 1), "tenant_batches_limit");
    }

    [Fact]
    public async Task The_bytes_are_bounded()
    {
        var tenant = new TenantClient(_limited!, "bytes");
        await tenant.CreateAsync(lines: 15);

        var error = await Refusal(await tenant.PostAsync(lines: 15), 429);

        error.GetProperty("code").GetString().ShouldBe("tenant_bytes_limit");
    }

    private static async Task ProblemAsync(HttpResponseMessage answer, string code)
    {
        ((int)answer.StatusCode).ShouldBe(429);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        using var problem = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        problem.RootElement.GetProperty("code").GetString().ShouldBe(code);
    }
}

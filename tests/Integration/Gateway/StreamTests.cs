using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class StreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Every_token_reaches_the_reader_before_the_next_one_is_made()
    {
        using var read = new SemaphoreSlim(0);
        await using var upstream = await Upstream.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            for (var token = 0; token < 20; token++)
            {
                await context.Response.WriteAsync($"data: {token}\n\n");
                await context.Response.Body.FlushAsync();
                (await read.WaitAsync(Patience)).ShouldBeTrue();
            }
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Content = new StringContent("{}");

        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var token = 0; token < 20; token++)
        {
            (await lines.ReadLineAsync().WaitAsync(Patience)).ShouldBe($"data: {token}");
            (await lines.ReadLineAsync().WaitAsync(Patience)).ShouldBe("");
            read.Release();
        }

        (await lines.ReadToEndAsync()).ShouldBe("");
        response.Content.Headers.ContentType?.ToString().ShouldBe("text/event-stream; charset=utf-8");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_is_passed_on_at_once(bool afterFirstToken)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await Upstream.StartAsync(async context =>
        {
            using var seen = context.RequestAborted.Register(() => left.TrySetResult(Stopwatch.GetTimestamp()));
            if (afterFirstToken)
            {
                await context.Response.WriteAsync("data: 0\n\n");
                await context.Response.Body.FlushAsync();
            }

            arrived.SetResult();
            await left.Task;
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var leave = new CancellationTokenSource();
        var call = gateway.Client.GetStringAsync("/v1/models", leave.Token);
        await arrived.Task.WaitAsync(Patience);

        var leftAt = Stopwatch.GetTimestamp();
        await leave.CancelAsync();

        var seenAt = await left.Task.WaitAsync(Patience);
        await Should.ThrowAsync<OperationCanceledException>(() => call);

        // The promise is 100 ms; a machine busy with other tests gets more.
        Stopwatch.GetElapsedTime(leftAt, seenAt).ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }
}

using System.Net;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>Reading one stream without a key, as a browser's EventSource has to.</summary>
public sealed class ReadTokenTests(SluiceFixture sluice)
{
    [Fact]
    public async Task A_read_token_opens_its_own_stream_and_nothing_else()
    {
        var first = await StreamedAsync();
        var second = await StreamedAsync();
        var token = (await sluice.Api.SendAsync(HttpMethod.Post, $"/api/streams/{first}/token"))
            .Ok()["token"]!.GetValue<string>();
        using var nobody = new SluiceApi(sluice.Url, key: null);

        var read = await nobody.GetAsync($"/api/streams/{first}/events?token={token}");
        var foreign = await nobody.GetAsync($"/api/streams/{second}/events?token={token}");
        var broken = await nobody.GetAsync($"/api/streams/{first}/events?token={token[..^2]}AA");
        var other = await nobody.GetAsync($"/api/streams?token={token}");

        read.Status.ShouldBe(HttpStatusCode.OK);
        read.Text.ShouldContain("event: token\nid: 1\ndata: {\"text\":\"0\",\"index\":0}\n\n");
        read.Text.ShouldEndWith("event: complete\nid: 7\ndata: {\"status\":\"completed\"}\n\n");
        foreign.Status.ShouldBe(HttpStatusCode.Unauthorized);
        broken.Status.ShouldBe(HttpStatusCode.Unauthorized);
        other.Status.ShouldBe(HttpStatusCode.Unauthorized);
        await ShouldNotBeLoggedAsync(token);
    }

    [Fact]
    public async Task A_stream_of_another_tenant_is_none()
    {
        using var other = new SluiceApi(sluice.Url, TestKeys.Other);
        var id = await StreamedAsync();

        (await other.GetAsync($"/api/streams/{id}/events")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await other.SendAsync(HttpMethod.Post, $"/api/streams/{id}/token")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await other.SendAsync(HttpMethod.Delete, $"/api/streams/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await other.GetAsync("/api/streams")).Text.ShouldNotContain(id);
    }

    /// <summary>By any process, whether the request that had it was served or refused.</summary>
    private async Task ShouldNotBeLoggedAsync(string token)
    {
        foreach (var service in sluice.Cluster.Processes.Services)
        {
            await using var file = new FileStream(
                service.Process.LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            var log = await reader.ReadToEndAsync();

            log.ShouldContain("Now listening on");
            log.ShouldNotContain(token[..^2]);
            log.ShouldNotContain("?token=");
        }
    }

    private async Task<string> StreamedAsync()
    {
        using var client = await StreamClient.StartAsync(sluice.Api, "sluice-sim", tokens: 5, delayMs: 0);
        await client.ReadAsync();
        return client.Id;
    }
}

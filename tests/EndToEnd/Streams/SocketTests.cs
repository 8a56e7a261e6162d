using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>Sockets through the gateway, which forwards them over HTTP/2.</summary>
public sealed class SocketTests
{
    [Fact]
    public async Task A_close_of_the_instance_reaches_the_client_after_its_last_event()
    {
        // Less than is sent: over HTTP/2 a socket is a request body to the framework, whose bound must not hold for it.
        await using var sluice = await InProcessSluice.StartAsync(kind =>
            kind is ServiceKind.Gateway or ServiceKind.Streaming ? ["Http:MaxRequestBodyBytes=4096"] : []);
        using var socket = await GatewaySocket.OpenAsync(sluice.PublicUrl, TestKeys.Dev);
        await socket.CreateAsync("sluice-sim", "@sim count tokens=60 delay_ms=20", new string('a', 8_000));
        await socket.ReadAsync();

        var stop = sluice.Host(ServiceKind.Streaming).StopAsync();
        var (text, last) = await socket.ReadTextAsync();
        var close = await socket.ReadAsync();
        await socket.CloseAsync();
        await stop;

        (close, socket.CloseStatus).ShouldBe((null, 1012));
        text.ShouldBe(string.Join(' ', Enumerable.Range(0, 60)));
        last.ShouldBe("response.completed");
    }
}

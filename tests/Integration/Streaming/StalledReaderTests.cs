using System.Net;
using System.Net.Sockets;
using System.Text;
using Shouldly;
using Sluice.ServiceDefaults.Internal;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class StalledReaderTests
{
    [Fact]
    public async Task A_reader_that_takes_nothing_is_reset_and_its_call_upstream_closed()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        await using var streaming = await StreamingProcess.WithProviderAsync(
            simulator.Address, "--Streaming:WriteTimeout=00:00:00.5", "--Streaming:ResumeWindow=00:00:00");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, streaming.Address.Port));
        const string Body =
            """
            {"model":"far-model","stream":true,"n":128,"messages":[{"role":"user","content":"@sim count tokens=99999"}]}
            """;

        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n{InternalHeaders.Secret}: "
            + $"{InternalOptions.DevelopmentSecret}\r\n{InternalHeaders.Tenant}: dev\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"));

        await Eventually.Until("the call upstream is closed", async () => await simulator.StatAsync("aborted") == 1);
        await Should.ThrowAsync<SocketException>(async () =>
        {
            var buffer = new byte[1 << 20];
            while (await socket.ReceiveAsync(buffer) > 0)
            {
            }

            throw new InvalidOperationException("The stream ended cleanly.");
        });
        await Eventually.Until("its place is free", () => streaming.ActiveResponses == 0);
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.TestKit;

public sealed class FaultProxyTests : IAsyncLifetime
{
    private readonly TcpListener _echo = new(IPAddress.Loopback, 0);
    private Task _serving = Task.CompletedTask;
    private FaultProxy _proxy = null!;

    public ValueTask InitializeAsync()
    {
        _echo.Start();
        _serving = ServeAsync();
        _proxy = FaultProxy.To("127.0.0.1", ((IPEndPoint)_echo.LocalEndpoint).Port);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _echo.Stop();
        await _serving;
    }

    [Fact]
    public async Task Without_faults_everything_passes()
    {
        using var client = await ConnectAsync();

        (await SayAsync(client, "hello")).ShouldBe("hello");
    }

    [Fact]
    public async Task It_ends_while_it_still_connects()
    {
        // A listener whose queue is full leaves whoever comes next waiting.
        using var full = new Socket(SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(backlog: 0);
        var target = (IPEndPoint)full.LocalEndPoint!;
        using var first = new TcpClient();
        await first.ConnectAsync(target.Address, target.Port);
        var proxy = FaultProxy.To("127.0.0.1", target.Port);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", proxy.Port);
        await Eventually.Until("the proxy connects", () => Task.FromResult(
            IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Any(connection =>
                connection.RemoteEndPoint.Port == target.Port && connection.State == TcpState.SynSent)));

        await proxy.DisposeAsync();

        var failure = await Should.ThrowAsync<IOException>(() => ReadAsync(client, 1));
        failure.InnerException.ShouldBeOfType<SocketException>().SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    [Fact]
    public async Task A_cut_passes_exactly_its_bytes_and_then_resets()
    {
        using var client = await ConnectAsync();
        _proxy.CutAfter(3);

        await client.GetStream().WriteAsync("hello"u8.ToArray());

        (await ReadAsync(client, 3)).ShouldBe("hel");
        var failure = await Should.ThrowAsync<IOException>(() => ReadAsync(client, 1));
        failure.InnerException.ShouldBeOfType<SocketException>().SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    [Fact]
    public async Task A_hole_swallows_until_it_is_closed()
    {
        using var client = await ConnectAsync();
        _proxy.OpenHole();

        var answer = SayAsync(client, "hello");
        await Should.ThrowAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(200)));
        _proxy.CloseHole();

        (await answer).ShouldBe("hello");
    }

    [Fact]
    public async Task A_delay_holds_each_direction_back()
    {
        using var client = await ConnectAsync();
        _proxy.Delay = TimeSpan.FromMilliseconds(100);
        var started = Stopwatch.GetTimestamp();

        (await SayAsync(client, "hello")).ShouldBe("hello");

        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(190));
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        return client;
    }

    private static async Task<string> SayAsync(TcpClient client, string text)
    {
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
        return await ReadAsync(client, text.Length);
    }

    private static async Task<string> ReadAsync(TcpClient client, int count)
    {
        var buffer = new byte[count];
        await client.GetStream().ReadExactlyAsync(buffer);
        return Encoding.ASCII.GetString(buffer);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                _ = EchoAsync(await _echo.AcceptTcpClientAsync());
            }
        }
        catch (SocketException)
        {
            // The listener was stopped.
        }
    }

    private static async Task EchoAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await client.GetStream().CopyToAsync(client.GetStream());
            }
            catch (IOException)
            {
                // The other side was cut, as tests want it.
            }
        }
    }
}

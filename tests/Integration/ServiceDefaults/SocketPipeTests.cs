using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.ServiceDefaults.Hosting;
using Xunit;

namespace Sluice.Tests.Integration.ServiceDefaults;

/// <summary>The listeners' own way of sending, through the whole of Kestrel.</summary>
public sealed class SocketPipeTests
{
    private const string Http2Url = "Test:Http2Url";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_client_that_begins_to_read_late_gets_all_in_order()
    {
        const int pieces = 2_000;
        byte[] piece = [.. Enumerable.Range(0, 10_007).Select(n => (byte)(n % 251))];
        var isFull = new TaskCompletionSource();
        await using var host = await DefaultsHost.StartAsync(app => app.MapGet("/many", async context =>
        {
            for (var n = 0; n < pieces; n++)
            {
                context.Response.BodyWriter.Write(piece);
                var flush = context.Response.BodyWriter.FlushAsync().AsTask();
                if (!flush.IsCompleted)
                {
                    isFull.TrySetResult();
                }

                await flush;
            }
        }));
        using var response = await host.Client.GetAsync("/many", HttpCompletionOption.ResponseHeadersRead);
        await isFull.Task.WaitAsync(s_patience);

        var body = await response.Content.ReadAsByteArrayAsync().WaitAsync(s_patience);

        (await host.Client.GetStringAsync("/healthz/live")).ShouldNotBeEmpty("the connection is used again");
        body.Length.ShouldBe(pieces * piece.Length);
        body.Chunk(piece.Length).Count(chunk => !chunk.AsSpan().SequenceEqual(piece)).ShouldBe(0);
    }

    [Fact]
    public async Task What_nobody_flushed_is_the_transports_at_the_end_of_the_connection()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);

        var sent = await RunAsync(socket, output => output.Write("rest"u8));

        sent.ShouldBe("rest"u8.ToArray());
    }

    [Fact]
    public async Task A_connection_that_was_aborted_or_has_no_socket_stays_as_it_is()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Dispose();

        foreach (var none in (Socket?[])[socket, null])
        {
            await RunAsync(none, output => output.ShouldNotBeOfType<SocketPipeWriter>());
        }
    }

    [Fact]
    public async Task Only_where_a_connection_has_one_answer_at_a_time()
    {
        await using var host = await DefaultsHost.StartAsync(
            app => app.MapGet("/pipe", (HttpContext context) =>
                context.Features.Get<IConnectionTransportFeature>()!.Transport is SocketPipe),
            builder => builder.AddListener(ListenerKind.Http2, Http2Url, "http://127.0.0.1:0"));
        using var http2 = new HttpClient
        {
            BaseAddress = host.Address(ListenerKind.Http2),
            DefaultRequestVersion = new(2, 0),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        (await host.Client.GetStringAsync("/pipe")).ShouldBe("true");
        (await http2.GetStringAsync("/pipe")).ShouldBe("false");
    }

    /// <summary>Runs a connection; what lies in the transport's pipe at its end.</summary>
    private static async Task<byte[]> RunAsync(Socket? socket, Action<PipeWriter> use)
    {
        var pipe = new Pipe();
        var transport = new SocketPipe(pipe.Reader, pipe.Writer);
        await using var connection = new DefaultConnectionContext("test", transport, transport);
        connection.Features.Set<IConnectionSocketFeature>(socket is null ? null : new SocketFeature(socket));
        await SocketPipe.RunAsync(connection, running =>
        {
            use(running.Transport.Output);
            return Task.CompletedTask;
        });
        return pipe.Reader.TryRead(out var result) ? result.Buffer.ToArray() : [];
    }

    private sealed record SocketFeature(Socket Socket) : IConnectionSocketFeature;
}

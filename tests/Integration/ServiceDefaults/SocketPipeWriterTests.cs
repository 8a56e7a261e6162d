using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Shouldly;
using Sluice.ServiceDefaults.Hosting;
using Xunit;

namespace Sluice.Tests.Integration.ServiceDefaults;

public sealed class SocketPipeWriterTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly Pipe _transport = new();
    private readonly Socket _client = new(SocketType.Stream, ProtocolType.Tcp);
    private Socket _socket = null!;
    private SocketPipeWriter _writer = null!;

    public async ValueTask InitializeAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await _client.ConnectAsync(listener.LocalEndpoint);
        _socket = await listener.AcceptSocketAsync();
        _socket.Blocking = false;
        _writer = new SocketPipeWriter(_transport.Writer, _socket);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_the_socket_takes_is_sent_by_the_flush_itself()
    {
        _writer.Write("one "u8);
        _writer.Write("two"u8);
        _writer.UnflushedBytes.ShouldBe(7);

        _writer.FlushAsync().AsTask().IsCompletedSuccessfully.ShouldBeTrue();

        _writer.UnflushedBytes.ShouldBe(0);
        (await ReadAsync(7)).ShouldBe("one two"u8.ToArray());
        _transport.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(60_000, 700)]
    [InlineData(300_000, 700)]
    [InlineData(300_000, 100_000)]
    public async Task Much_that_is_written_before_a_flush_stays_together(int bytes, int atOnce)
    {
        byte[] expected = Numbers(bytes);
        foreach (var piece in expected.Chunk(atOnce))
        {
            piece.CopyTo(_writer.GetSpan(piece.Length));
            _writer.Advance(piece.Length);
        }

        var reading = ReadAsync(expected.Length);
        var pump = PumpAsync();
        await _writer.FlushAsync().AsTask().WaitAsync(s_patience);

        (await reading).AsSpan().SequenceEqual(expected).ShouldBeTrue();
        await _writer.CompleteAsync();
        await pump.WaitAsync(s_patience);
    }

    /// <summary>A socket that is nearly full takes a part of what is sent.</summary>
    [Fact]
    public async Task What_a_slow_client_does_not_take_follows_through_the_transport_in_order()
    {
        const int piece = 9_973;
        byte[] expected = Numbers(piece * 1_000);
        var pump = PumpAsync();
        var written = 0;
        Task<FlushResult> flush;
        do
        {
            _writer.Write(expected.AsSpan(written, piece));
            written += piece;
            flush = _writer.FlushAsync().AsTask();
        }
        while (flush.IsCompleted);

        var reading = ReadAsync(expected.Length);
        await flush.WaitAsync(s_patience);
        for (; written < expected.Length; written += piece)
        {
            _writer.Write(expected.AsSpan(written, piece));
            await _writer.FlushAsync().AsTask().WaitAsync(s_patience);
        }

        (await reading).AsSpan().SequenceEqual(expected).ShouldBeTrue();
        await _writer.CompleteAsync();
        await pump.WaitAsync(s_patience);
    }

    [Fact]
    public async Task The_end_takes_along_what_was_not_flushed()
    {
        _writer.Write("end"u8);

        await _writer.CompleteAsync();
        await _writer.CompleteAsync();

        var result = await _transport.Reader.ReadAsync();
        result.Buffer.ToArray().ShouldBe("end"u8.ToArray());
        result.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_flush_without_bytes_leaves_the_buffer_to_whoever_fills_it()
    {
        var memory = _writer.GetMemory();
        await _writer.FlushAsync();
        "kept"u8.CopyTo(memory.Span);
        _writer.Advance(4);
        await _writer.FlushAsync();

        (await ReadAsync(4)).ShouldBe("kept"u8.ToArray());
    }

    [Fact]
    public async Task That_the_connection_is_gone_is_for_the_transport_to_say()
    {
        _socket.Dispose();
        await _transport.Reader.CompleteAsync();
        _writer.Write("lost"u8);

        (await _writer.FlushAsync()).IsCompleted.ShouldBeTrue();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1 << 20)]
    public void More_than_there_is_room_for_cannot_be_written(int bytes)
    {
        _writer.GetMemory();

        Should.Throw<ArgumentOutOfRangeException>(() => _writer.Advance(bytes));
    }

    private static byte[] Numbers(int bytes) =>
        [.. Enumerable.Range(0, (bytes + 3) / 4).SelectMany(BitConverter.GetBytes).Take(bytes)];

    /// <summary>What Kestrel's transport does with its pipe.</summary>
    private async Task PumpAsync()
    {
        for (var isOver = false; !isOver;)
        {
            var result = await _transport.Reader.ReadAsync();
            foreach (var segment in result.Buffer)
            {
                for (var rest = segment; !rest.IsEmpty;)
                {
                    rest = rest[await _socket.SendAsync(rest)..];
                }
            }

            _transport.Reader.AdvanceTo(result.Buffer.End);
            isOver = result.IsCompleted;
        }
    }

    private async Task<byte[]> ReadAsync(int bytes)
    {
        var read = new byte[bytes];
        using var stream = new NetworkStream(_client);
        await stream.ReadExactlyAsync(read).AsTask().WaitAsync(s_patience);
        return read;
    }
}

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;
using Sluice.Durability.Instances;
using Sluice.Streaming;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

/// <summary>The committer at a database that lets it in and answers no statement, as on a disk that hangs.</summary>
public sealed class GroupCommitterTests : IAsyncLifetime
{
    private static readonly LogOptions s_options = new()
    {
        CommitTimeout = TimeSpan.FromSeconds(5),
        CommitDeadline = TimeSpan.FromSeconds(30),
    };

    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);
    private readonly List<Task> _connections = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ManualTime _time = new();
    private readonly ResponseRegistry _responses = new();
    private NpgsqlDataSource _dataSource = null!;
    private GroupCommitter _committer = null!;
    private Task _accepting = null!;
    private int _attempts;

    public ValueTask InitializeAsync()
    {
        _silent.Start();
        _accepting = AcceptAsync();
        var port = ((IPEndPoint)_silent.LocalEndpoint).Port;
        _dataSource = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={port};Username=u;Password=p;SSL Mode=Disable;GSS Encryption Mode=Disable;"
            + "Pooling=false;Server Compatibility Mode=NoTypeLoading;Cancellation Timeout=-1");
        _committer = new GroupCommitter(
            _dataSource, _responses, Options.Create(s_options), _time, NullLogger<GroupCommitter>.Instance);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        var stopped = _committer.StopAsync(CancellationToken.None);
        _time.Advance(s_options.CommitTimeout);
        await stopped;
        _committer.Dispose();
        await _dataSource.DisposeAsync();
        await _stop.CancelAsync();
        await _accepting;
        await Task.WhenAll(_connections);
        _silent.Stop();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_group_that_is_split_again_and_again_keeps_the_deadline_that_it_had_as_a_whole()
    {
        var bounds = new LogBounds(Options.Create(s_options), Options.Create(new StreamingOptions()), _time);
        var lease = new InstanceLease(Guid.CreateVersion7(), CancellationToken.None);
        var responses = Enumerable.Range(0, 64).Select(_ => Begin(bounds, lease)).ToList();
        await _committer.StartAsync(CancellationToken.None);

        // 64, 32, 16, 8, 4 and 2 responses: six attempts of 5 s.
        for (var attempt = 1; attempt <= 6; attempt++)
        {
            await Eventually.Until($"attempt {attempt} waits", () => Volatile.Read(ref _attempts) == attempt);
            _committer.IsStalled.ShouldBe(attempt > 1, "a new attempt is no success");
            responses.ShouldAllBe(response => response.Refusal == null);
            _time.Advance(s_options.CommitTimeout);
        }

        // The deadline of the whole has come, and is seen within some steps; that of the last part comes after them.
        var steps = 0;
        await Eventually.Until("all end", () =>
        {
            if (steps++ < 6)
            {
                _time.Advance(s_options.CommitDeadline / 8);
            }

            return responses.TrueForAll(one => one.Refusal == Refusal.LogAway);
        });
        _committer.IsStalled.ShouldBeTrue();
    }

    private Response Begin(LogBounds bounds, InstanceLease lease)
    {
        var identity = new ResponseIdentity(ResponseKey.New(_time), "tenant", "model", IsLogged: true);
        var response = new Response(identity, lease, bounds, new CancellationTokenSource());
        _responses.TryAdd(response).ShouldBeTrue();
        response.Append(LogEventKind.ChatChunk, "{}"u8, release: true).ShouldBeTrue();
        _committer.Enqueue(response);
        return response;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _silent.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    /// <summary>The start of the protocol (PostgreSQL, section 55.2.1), and then nothing.</summary>
    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        var buffer = new byte[8_192];
        try
        {
            await socket.ReceiveAsync(buffer, _stop.Token);
            if (!buffer.AsSpan(4, 4).SequenceEqual((ReadOnlySpan<byte>)[0, 3, 0, 0]))
            {
                // A request to cancel a statement has no answer.
                return;
            }

            byte[] welcome =
            [
                .. "R\0\0\0\b\0\0\0\0"u8, .. "S\0\0\0\u0018server_version\015.0\0"u8,
                .. "S\0\0\0\u0019client_encoding\0UTF8\0"u8, .. "K\0\0\0\f\0\0\0\u0001\0\0\0\u0001"u8,
                .. "Z\0\0\0\u0005I"u8,
            ];
            await socket.SendAsync(welcome, _stop.Token);
            await socket.ReceiveAsync(buffer, _stop.Token);
            Interlocked.Increment(ref _attempts);
            while (await socket.ReceiveAsync(buffer, _stop.Token) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The test is over, or the committer has broken the connection.
        }
    }
}

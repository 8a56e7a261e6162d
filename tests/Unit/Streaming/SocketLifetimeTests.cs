using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shouldly;
using Sluice.Streaming.WebSockets;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class SocketLifetimeTests
{
    private readonly Connection _connection = new();
    private readonly DefaultHttpContext _context = new();

    public SocketLifetimeTests() => _context.Features.Set<IHttpRequestLifetimeFeature>(_connection);

    [Fact]
    public void The_framework_ends_the_socket_and_not_its_connection()
    {
        using var lifetime = SocketLifetime.Take(_context);

        _context.Abort();

        lifetime.RequestAborted.IsCancellationRequested.ShouldBeTrue();
        _connection.Aborts.ShouldBe(0);
        lifetime.Reset();
        _connection.Aborts.ShouldBe(1);
    }

    [Fact]
    public void What_handles_the_request_afterwards_can_reset_it()
    {
        SocketLifetime.Take(_context).Dispose();

        _context.Abort();

        _connection.Aborts.ShouldBe(1);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public int Aborts { get; private set; }

        public void Abort() => Aborts++;
    }
}

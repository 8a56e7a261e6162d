using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>A connection of Kestrel's that sends what is flushed from the thread that flushes it.</summary>
internal sealed class SocketPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;

    /// <summary>
    /// Runs a connection on which nothing has been sent yet. A transport without a socket stays as it is.
    /// </summary>
    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        if (!TryGetSocket(connection, out var socket))
        {
            await next(connection);
            return;
        }

        var output = new SocketPipeWriter(transport.Output, socket);
        connection.Transport = new SocketPipe(transport.Input, output);
        try
        {
            await next(connection);
        }
        finally
        {
            // Kestrel itself ends only the transport's pipe, which sends what nobody has flushed.
            await output.CompleteAsync();
        }
    }

    private static bool TryGetSocket(ConnectionContext connection, [NotNullWhen(true)] out Socket? socket)
    {
        socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        try
        {
            // The transport's own operations are asynchronous, and do not care.
            socket?.Blocking = false;
            return socket is not null;
        }
        catch (ObjectDisposedException)
        {
            // Aborted already; Kestrel finds out by itself.
            return false;
        }
    }
}

using System.Net.WebSockets;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.WebSockets;

/// <summary>
/// One socket from its upgrade to its close. The request's own loop reads messages and answers what is wrong with them;
/// each lane sends by itself. A client that does not take what is sent holds up its own reading. Closing begins once:
/// by the client, by what it sent, by idleness, or by the drain when nothing runs any more.
/// </summary>
internal sealed class SocketSession : IDisposable
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly HttpContext _context;
    private readonly SocketLifetime _lifetime;
    private readonly WebSocket _socket;
    private readonly SocketHost _host;
    private readonly SocketReceiver _receiver;
    private readonly SocketSender _sender;
    private readonly SocketLanes _lanes;
    private readonly CancellationTokenSource _gone;
    private readonly ITimer _idle;
    private readonly ITimer _unanswered;
    private int _isClosing;

    public SocketSession(HttpContext context, SocketLifetime lifetime, WebSocket socket, SocketHost host)
    {
        (_context, _lifetime, _socket, _host) = (context, lifetime, socket, host);
        _gone = CancellationTokenSource.CreateLinkedTokenSource(lifetime.RequestAborted);
        _receiver = new(socket, lifetime, host.Active, host.MaxMessageBytes);
        _sender = new(socket, lifetime, host.WriteTimeout, host.Time);
        _lanes = new(host.Options, host.Active, RunAsync, Rested);
        _idle = host.Time.CreateTimer(
            static session => ((SocketSession)session!).CloseIfIdle(), this, Options.IdleTimeout, Never);
        _unanswered = host.Time.CreateTimer(
            static lifetime => ((SocketLifetime)lifetime!).Reset(), lifetime, Never, Never);
    }

    private WebSocketOptions Options => _host.Options;

    public void Dispose()
    {
        _idle.Dispose();
        _unanswered.Dispose();
        _sender.Dispose();
        _gone.Dispose();
    }

    /// <summary>Ends when the socket is closed and its lanes have ended.</summary>
    public async Task RunAsync()
    {
        using var drain = _host.Active.Closed.UnsafeRegister(
            static session => ((SocketSession)session!).CloseIfDrained(), this);
        try
        {
            while (await _receiver.ReceiveAsync() is { } message)
            {
                await TakeAsync(message);
            }

            await _sender.CloseAsync(SocketClosure.Answer);
        }
        catch (Exception exception) when (SocketSender.IsGone(exception))
        {
            // A fault of the protocol was answered with a close by the framework, which a reset would destroy.
            if (_socket.State != WebSocketState.CloseSent
                && exception is not WebSocketException { WebSocketErrorCode: WebSocketError.Faulted })
            {
                _lifetime.Reset();
            }
        }
        finally
        {
            // Readers leave, which is no cancelling: what runs goes on for Streaming:ResumeWindow.
            await _gone.CancelAsync();
            await _lanes.EndAsync();
        }
    }

    private async Task TakeAsync(SocketMessage message)
    {
        if (Volatile.Read(ref _isClosing) == 1)
        {
            return;
        }

        _idle.Change(Options.IdleTimeout, Never);
        switch (message.Kind)
        {
            case SocketMessageKind.Binary:
                await CloseAsync(SocketClosure.Binary);
                break;
            case SocketMessageKind.TooLarge:
                await CloseAsync(SocketClosure.TooLarge(_host.MaxMessageBytes));
                break;
            case SocketMessageKind.Full:
                await _sender.SendAsync(Refusal.Of(Admission.RequestBody.Full()), "");
                break;
            default:
                await TakeAsync(SocketCreate.Read(message.Bytes));
                break;
        }
    }

    private async Task TakeAsync((SocketCreate? Create, Refusal? Refusal, string Lane) read)
    {
        var refusal = read.Refusal;
        if (read.Create is { } create)
        {
            refusal = _host.Active.IsClosed ? Refusal.ShuttingDown : _lanes.Add(create);
        }

        if (refusal is not null)
        {
            await _sender.SendAsync(refusal, read.Lane);
        }
    }

    private async Task RunAsync(SocketCreate create)
    {
        try
        {
            if (_host.Active.IsClosed)
            {
                await _sender.SendAsync(Refusal.ShuttingDown, create.Lane);
                return;
            }

            await _host.Responses.RunAsync(_context, _sender, create, _gone.Token);
        }
        catch (OperationCanceledException)
        {
            // Its reader is gone, or the process ends while another one goes on with it; both end the socket.
            if (!_gone.IsCancellationRequested)
            {
                await BeginCloseAsync(SocketClosure.Restart);
            }
        }
    }

    /// <summary>
    /// The last lane ended. While the process drains the socket closes then, also before no more is taken: what could
    /// not be handed over is refused here, and another instance takes it.
    /// </summary>
    private void Rested()
    {
        if (_host.Active.IsDraining)
        {
            CloseIfDrained();
        }
        else if (!_gone.IsCancellationRequested)
        {
            _idle.Change(Options.IdleTimeout, Never);
        }
    }

    private void CloseIfDrained()
    {
        if (_lanes.TryClose())
        {
            _ = BeginCloseAsync(SocketClosure.Restart);
        }
    }

    private void CloseIfIdle()
    {
        if (_lanes.TryClose())
        {
            _ = BeginCloseAsync(SocketClosure.Idle(Options.IdleTimeout));
        }
    }

    /// <summary>As <see cref="CloseAsync"/>, where nobody waits for it.</summary>
    private async Task BeginCloseAsync(SocketClosure closure)
    {
        try
        {
            await CloseAsync(closure);
        }
        catch (Exception exception) when (SocketSender.IsGone(exception))
        {
            // The connection is gone, which the receiving loop learns by itself.
        }
    }

    private async Task CloseAsync(SocketClosure closure)
    {
        if (Interlocked.Exchange(ref _isClosing, 1) == 0)
        {
            _unanswered.Change(Options.CloseTimeout, Never);
            await _sender.CloseAsync(closure);
        }
    }
}

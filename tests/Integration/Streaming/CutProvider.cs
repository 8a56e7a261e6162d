using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>
/// A provider as raw TCP: answers every request with the same bytes and then closes or resets the connection, or keeps
/// it open without a word.
/// </summary>
internal sealed class CutProvider : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _answer;
    private readonly CutEnding _ending;
    private readonly int _chunkBytes;
    private readonly Task _accepting;
    private readonly TaskCompletionSource _silence = new();
    private int _requests;
    private volatile int _cut = int.MaxValue;

    public CutProvider(byte[] answer, CutEnding ending, int chunkBytes = int.MaxValue)
    {
        _answer = answer;
        _ending = ending;
        _chunkBytes = chunkBytes;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public int Requests => _requests;

    /// <summary>Bytes of the answer that the next requests get. Default all.</summary>
    public int Cut
    {
        get => _cut;
        set => _cut = value;
    }

    /// <summary>The head of the last request, with its body as far as it came in one read.</summary>
    public string LastRequest { get; private set; } = "";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        socket.NoDelay = true;
        try
        {
            await ReadRequestAsync(socket);
            Interlocked.Increment(ref _requests);
            var length = Math.Min(_answer.Length, _cut);
            for (var sent = 0; sent < length; sent += _chunkBytes)
            {
                var part = _answer.AsMemory(sent, Math.Min(_chunkBytes, length - sent));
                await socket.SendAsync(part, _stop.Token);
            }

            if (_ending == CutEnding.Silence)
            {
                await _silence.Task.WaitAsync(_stop.Token);
            }

            socket.LingerState = new LingerOption(_ending == CutEnding.Reset, 0);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            socket.LingerState = new LingerOption(true, 0);
        }
    }

    private async Task ReadRequestAsync(Socket socket)
    {
        var buffer = new byte[65_536];
        var length = 0;
        var head = -1;
        while (head < 0 || length < head + 4 + ContentLength(buffer, head))
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(length), _stop.Token);
            if (count == 0)
            {
                return;
            }

            length += count;
            head = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
        }

        LastRequest = Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static int ContentLength(byte[] buffer, int head)
    {
        foreach (var line in Encoding.ASCII.GetString(buffer, 0, head).Split("\r\n"))
        {
            if (line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))
            {
                return int.Parse(line["Content-Length: ".Length..]);
            }
        }

        return 0;
    }
}

using System.Data.Common;
using System.Text;
using Sluice.Streaming.Admission;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.OpenAiResponses;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.WebSockets;

/// <summary>Starts the responses that sockets ask for, and sends their events. Thread-safe.</summary>
internal sealed partial class SocketResponses(
    ResponseCreation creation,
    ResponsesStart start,
    FeedSources sources,
    ActiveResponses active,
    ILogger<SocketResponses> logger)
{
    private static readonly Refusal NoDatabase =
        Refusal.Unavailable("The database is not available now; try again.", "database_unavailable");

    public TimeProvider Time => sources.Time;

    /// <summary>
    /// Runs one to its end, or until its reader is gone: then it goes on for <c>Streaming:ResumeWindow</c>.
    /// </summary>
    /// <param name="context">The request that became the socket.</param>
    /// <param name="sender">Gets its events, or an error event.</param>
    /// <param name="create">What is asked for.</param>
    /// <param name="gone">Cancelled when the socket is closed.</param>
    /// <exception cref="OperationCanceledException">The reader is gone.</exception>
    public async Task RunAsync(
        HttpContext context, SocketSender sender, SocketCreate create, CancellationToken gone)
    {
        Refusal refusal;
        try
        {
            using var place = ReaderPlace.Enter(active);
            var response = await creation.StartAsync(
                create.Body,
                body => start.StartAsync(
                    ResponsesOrder.Read(context, ResponseKey.New(Time), body.Bytes), body, gone),
                gone);
            await SendAsync(sender, response, create.Lane, gone);
            return;
        }
        catch (ResponseRefusedException exception)
        {
            refusal = exception.Refusal;
        }
        catch (DbException)
        {
            refusal = NoDatabase;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The boundary of a lane: the client is told, whatever it was, and the socket goes on.
            Log.Failed(logger, exception);
            refusal = Refusal.Internal;
        }

        await sender.SendAsync(refusal, create.Lane);
    }

    private async Task SendAsync(SocketSender sender, Response response, string lane, CancellationToken gone)
    {
        try
        {
            await CopyAsync(sender, response, Encoding.UTF8.GetBytes(lane), gone);
        }
        finally
        {
            start.Leave(response);
        }
    }

    private async Task CopyAsync(
        SocketSender sender, Response response, ReadOnlyMemory<byte> lane, CancellationToken gone)
    {
        // What is generated elsewhere does not end with this process: its reader comes back for the rest.
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(gone);
        using var ended = active.Ended.UnsafeRegister(
            _ =>
            {
                if (response.IsLost)
                {
                    // Not on the thread that found it: cancelling a query opens a connection and waits.
                    _ = reading.CancelAsync();
                }
            },
            null);
        using var feed = new ResponseFeed(sources, response.Key, response, 0, reading.Token);
        while (await feed.WaitAsync())
        {
            while (feed.TryRead(out var frames))
            {
                while (EventData.TryTake(ref frames, out var data))
                {
                    await sender.SendAsync(data, lane);
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A response for a socket failed in a way that nobody foresaw")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

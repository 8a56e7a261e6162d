using Microsoft.Extensions.Options;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Admission;

/// <summary>
/// Hands running responses over to other instances and holds the shutdown until what is left has ended and readers have
/// left, at most <c>Streaming:DrainTimeout</c>. It runs before the server stops listening, so that new work gets 503
/// with Retry-After and not a refused connection; and with another instance there, new work comes here, and what can be
/// handed over is taken, until gateways have seen that this one is not ready (<c>Streaming:DrainNotice</c>).
/// </summary>
internal sealed partial class DrainService(
    ActiveResponses responses,
    ResponseHandover handover,
    IOptions<StreamingOptions> options,
    TimeProvider time,
    ILogger<DrainService> logger) : IHostedLifecycleService
{
    /// <summary>
    /// For the error events to be written; a reader that does not take them is reset by the server's stop.
    /// </summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var patience = options.Value.DrainTimeout;
        responses.BeginDrain();
        Log.Draining(logger, responses.Count, responses.Readers, patience);
        if (await handover.BeginAsync(cancellationToken))
        {
            var notice = options.Value.DrainNotice < patience ? options.Value.DrainNotice : patience;
            await Task.Delay(notice, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var drained = responses.DrainAsync();
        var rest = patience - time.GetElapsedTime(began);
        if (await IsDoneWithin(drained, rest > TimeSpan.Zero ? rest : TimeSpan.Zero, cancellationToken))
        {
            return;
        }

        Log.Ending(logger, responses.Count, responses.Readers);
        await responses.EndAsync();
        await IsDoneWithin(drained, LastWords, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> IsDoneWithin(Task drained, TimeSpan span, CancellationToken cancellation)
    {
        try
        {
            await drained.WaitAsync(span, time, cancellation);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Information, "Draining {Count} responses and {Readers} readers for at most {Timeout}")]
        public static partial void Draining(ILogger logger, int count, int readers, TimeSpan timeout);

        [LoggerMessage(2, LogLevel.Warning, "Ending {Count} responses and {Readers} readers that outlast the drain")]
        public static partial void Ending(ILogger logger, int count, int readers);
    }
}

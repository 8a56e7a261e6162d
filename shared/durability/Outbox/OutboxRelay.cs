using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Durability.Faults;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Moves committed messages to the broker. Every process with an outbox runs one, and any number may run on one table.
/// Fresh rows go out in up to <see cref="OutboxOptions.Lanes"/> concurrent batches; rows that failed before are tried
/// one at a time in a loop of their own, so that one which makes the broker close the channel harms nobody twice. No
/// order is promised. A relay that dies between publishing and deleting leaves rows that are published again: the inbox
/// drops them.
/// </summary>
internal sealed partial class OutboxRelay(
    OutboxTable table,
    OutboxBatch batches,
    OutboxSignal signal,
    IOptions<OutboxOptions> options,
    ILogger<OutboxRelay> logger) : BackgroundService
{
    private const int SuspectsAtOnce = 20;
    private static readonly TimeSpan AwayMax = TimeSpan.FromSeconds(5);

    private readonly OutboxSignal _suspects = new();
    private readonly OutboxOptions _options = options.Value;

    public override void Dispose()
    {
        _suspects.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Each message continues the trace it was stored with, not that of whoever started the host.
        Activity.Current = null;
        return Task.WhenAll(
            Task.Run(() => LoopAsync(DrainAsync, signal, suspects: false, stoppingToken), CancellationToken.None),
            Task.Run(
                () => LoopAsync(TrySuspectsAsync, _suspects, suspects: true, stoppingToken), CancellationToken.None));
    }

    private async Task LoopAsync(
        Func<CancellationToken, Task<int>> drain, OutboxSignal wake, bool suspects, CancellationToken stopping)
    {
        var poll = _options.PollMin;
        var away = _options.BackOffMin;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var moved = await drain(stopping);
                away = _options.BackOffMin;
                poll = moved > 0 ? _options.PollMin : Min(2 * poll, _options.PollMax);
                var next = await table.NextDueAsync(suspects, stopping);
                var pause = next is { } due && due < poll ? Max(due, TimeSpan.FromMilliseconds(1)) : poll;
                if (await wake.WaitAsync(pause, stopping))
                {
                    poll = _options.PollMin;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The loop outlives every error: the rows stay, and the next round finds them.
                Log.RoundFailed(logger, exception is BrokerAwayException ? exception.Message : exception.ToString());
                await wake.WaitAsync(away, CancellationToken.None);
                away = Min(2 * away, AwayMax);
            }
        }
    }

    private Task<int> DrainAsync(CancellationToken stopping) => DrainAsync(1, stopping);

    /// <summary>
    /// A lane that claims a full batch calls in the next one, which reads on while this one waits for confirms.
    /// </summary>
    private async Task<int> DrainAsync(int lane, CancellationToken stopping)
    {
        Task<int>? next = null;
        var moved = 0;
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                var token = Guid.NewGuid();
                var rows = await table.ClaimAsync(suspects: false, token, _options.BatchSize, _options.Lease, stopping);
                if (rows.Count == 0)
                {
                    break;
                }

                if (rows.Count == _options.BatchSize && lane < _options.Lanes && next is null)
                {
                    next = DrainAsync(lane + 1, stopping);
                }

                if (await batches.SendAsync(token, rows))
                {
                    _suspects.Set();
                }

                moved += rows.Count;
                if (rows.Count < _options.BatchSize)
                {
                    break;
                }
            }
        }
        finally
        {
            if (next is not null)
            {
                moved += await next;
            }
        }

        return moved;
    }

    private async Task<int> TrySuspectsAsync(CancellationToken stopping)
    {
        var tried = 0;
        while (tried < SuspectsAtOnce && !stopping.IsCancellationRequested)
        {
            // Claimed singly: the rest of a larger claim would be out of reach when the first one ends the round.
            var token = Guid.NewGuid();
            var rows = await table.ClaimAsync(suspects: true, token, 1, _options.Lease, stopping);
            if (rows.Count == 0)
            {
                break;
            }

            await batches.SendAsync(token, rows);
            tried++;
        }

        return tried;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The outbox relay pauses: {Reason}")]
        public static partial void RoundFailed(ILogger logger, string reason);
    }
}

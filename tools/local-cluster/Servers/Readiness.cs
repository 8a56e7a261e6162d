using Sluice.LocalCluster.Processes;

namespace Sluice.LocalCluster.Servers;

internal static class Readiness
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A process that ended this often while we waited will not come up; with its back-off, after 16 s.
    /// </summary>
    private const int MostStarts = 8;

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="ProcessNotReadyException">
    /// The time is over, or the process ended and is not started again, or ends at each start; the message has the
    /// end of its log.
    /// </exception>
    public static async Task WaitAsync(
        SupervisedProcess process,
        Func<CancellationToken, Task<bool>> isReady,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var startsBefore = process.Starts;
        using var deadline = new CancellationTokenSource(timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (!await isReady(either.Token))
            {
                if (process.HasRefusedConfiguration)
                {
                    throw new ProcessNotReadyException($"{process.Name} refuses its configuration.", process.LogPath);
                }

                if (process.Pid is null && !process.RestartWhenDead)
                {
                    throw new ProcessNotReadyException($"{process.Name} ended before it was ready.", process.LogPath);
                }

                if (process.Starts - startsBefore >= MostStarts)
                {
                    throw new ProcessNotReadyException($"{process.Name} ends again and again.", process.LogPath);
                }

                await Task.Delay(Interval, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProcessNotReadyException(
                $"{process.Name} was not ready within {timeout.TotalSeconds:0} s ({process.Starts} starts).",
                process.LogPath);
        }
    }
}

using System.Diagnostics;

namespace Sluice.TestKit;

/// <summary>
/// Waiting for something that another process or task brings about; the reason is the failure message.
/// </summary>
public static class Eventually
{
    /// <summary>How long <see cref="Until(string, Func{Task{bool}}, TimeSpan?)"/> waits unless told: 30 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks every 20 ms until the answer is true.</summary>
    /// <param name="reason">What is being waited for, as the end of "waited until …".</param>
    /// <param name="condition">
    /// Asked at least once. An exception counts as "not yet"; the last one explains a failure.
    /// </param>
    /// <param name="patience">Default <see cref="Patience"/>.</param>
    /// <exception cref="TimeoutException">It did not become true in time.</exception>
    public static async Task Until(string reason, Func<Task<bool>> condition, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var limit = patience ?? Patience;
        var started = Stopwatch.GetTimestamp();
        Exception? last;
        using var timer = new PeriodicTimer(Interval);
        do
        {
            try
            {
                last = null;
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception e)
            {
                // Whatever is not up yet may fail in any way; the last failure is reported with the timeout.
                last = e;
            }
        }
        while (Stopwatch.GetElapsedTime(started) < limit && await timer.WaitForNextTickAsync());

        throw new TimeoutException($"Waited {limit.TotalSeconds:0.#} s in vain until {reason}.", last);
    }

    /// <inheritdoc cref="Until(string, Func{Task{bool}}, TimeSpan?)"/>
    public static Task Until(string reason, Func<bool> condition, TimeSpan? patience = null) =>
        Until(reason, () => Task.FromResult(condition()), patience);

    /// <summary>Asks until there is a value, and returns it.</summary>
    /// <inheritdoc cref="Until(string, Func{Task{bool}}, TimeSpan?)"/>
    public static async Task<T> Value<T>(string reason, Func<Task<T?>> find, TimeSpan? patience = null)
        where T : class
    {
        T? found = null;
        await Until(reason, async () => (found = await find()) is not null, patience);
        return found!;
    }
}

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>
/// On which thread goes on what waits for a socket. .NET reads the variable once, at the first socket that is opened.
/// </summary>
public static class SocketCompletions
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// On the thread that notices it, instead of queueing it once more. A token is one small write, and with 25,000 of
    /// them a second the queueing is what costs: <c>bench stream</c> on 2 cores, first token of 100 at once, p95 above
    /// direct: 23 ms before, 12 ms with it. A value that is set already is kept.
    /// </summary>
    public static void Inline()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }

    /// <summary>
    /// On a thread of the pool, whatever the process inherited. Npgsql blocks a thread in places: when it cancels a
    /// query, and for the rest of a value whose first half has come (<c>ExecuteScalarAsync</c>). On the thread that
    /// would have to notice that rest, every socket of the process stands still until Npgsql's time-out.
    /// </summary>
    public static void Queue() => Environment.SetEnvironmentVariable(Variable, "0");
}

namespace Sluice.LocalCluster.Servers;

/// <summary>A process did not become ready; the message ends with the last lines of its log.</summary>
public sealed class ProcessNotReadyException : Exception
{
    private const int Lines = 15;

    public ProcessNotReadyException(string message, string logPath)
        : base(message + Environment.NewLine + Tail(logPath))
    {
    }

    private static string Tail(string logPath) =>
        File.Exists(logPath) ? string.Join(Environment.NewLine, File.ReadLines(logPath).TakeLast(Lines)) : "";
}

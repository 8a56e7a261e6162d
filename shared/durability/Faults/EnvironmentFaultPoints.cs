using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;

namespace Sluice.Durability.Faults;

/// <summary>
/// Points set by text: <c>name=action[@n];…</c>, where the action happens at the n-th time (default: the first) that
/// the point is reached. Actions: <c>throw</c>; <c>kill</c> (SIGKILL to itself); <c>stop</c> (SIGSTOP to itself, until
/// somebody sends SIGCONT); <c>hang</c> (waits until the operation is cancelled).
/// </summary>
internal sealed class EnvironmentFaultPoints : IFaultPoints
{
    public const string Variable = "SLUICE_FAULT_POINTS";

    private readonly FrozenDictionary<string, Point> _points;

    /// <exception cref="FormatException">The text names an unknown action.</exception>
    public EnvironmentFaultPoints(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const StringSplitOptions trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        _points = text.Split(';', trimmed).Select(Point.Parse).ToFrozenDictionary(
            point => point.Name, StringComparer.Ordinal);
    }

    public async ValueTask ReachAsync(string name, CancellationToken cancellationToken)
    {
        if (!_points.TryGetValue(name, out var point) || !point.Hit())
        {
            return;
        }

        switch (point.Action)
        {
            case "throw":
                throw new FaultPointException(name);
            case "hang":
                await Task.Delay(Timeout.Infinite, cancellationToken);
                break;
            default:
                Signal(point.Action == "stop" ? "STOP" : "KILL");
                break;
        }
    }

    private static void Signal(string signal)
    {
        using var kill = Process.Start(
            "/bin/kill", [$"-{signal}", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private sealed class Point(string name, string action, int at)
    {
        private static readonly string[] Actions = ["throw", "kill", "stop", "hang"];
        private int _hits;

        public string Name => name;

        public string Action => action;

        public static Point Parse(string text)
        {
            var parts = text.Split('=', 2);
            var action = parts.ElementAtOrDefault(1)?.Split('@', 2) ?? [];
            if (action.Length == 0 || !Actions.Contains(action[0], StringComparer.Ordinal))
            {
                throw new FormatException($"{Variable}: '{text}' is not name=throw|kill|stop|hang[@n].");
            }

            return new Point(parts[0], action[0], action.Length == 2
                ? int.Parse(action[1], CultureInfo.InvariantCulture) : 1);
        }

        public bool Hit() => Interlocked.Increment(ref _hits) == at;
    }
}

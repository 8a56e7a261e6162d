namespace Sluice.LocalCluster.Processes;

/// <summary>What to start, where its output goes and how it is asked to stop.</summary>
internal sealed record ProcessSpec
{
    /// <summary>Service and number, <c>gateway-1</c>; names the pid file and the log.</summary>
    public required string Name { get; init; }

    public required string FileName { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Added to what the supervisor itself inherited.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Prefixes of inherited variables that would change what a server does behind our back.</summary>
    public IReadOnlyList<string> DroppedEnvironment { get; init; } = [];

    /// <summary>The cluster's data directory: with <see cref="Name"/> the identity of the process.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Default: the data directory.</summary>
    public string? WorkingDirectory { get; init; }

    public string LogPath => Path.Combine(DataDirectory, "logs", Name + ".log");

    /// <summary>Default: <c>pids/NAME.pid</c>, where tools from outside look for services.</summary>
    public string PidPath
    {
        get => field ?? Path.Combine(DataDirectory, "pids", Name + ".pid");
        init;
    }

    /// <summary>Runs as this user; null keeps the supervisor's own.</summary>
    public string? User { get; init; }

    public Signal StopSignal { get; init; } = Signal.Terminate;

    /// <summary>Between the stop signal and the kill.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public string Marker => ProcessIdentity.Marker(DataDirectory, Name);
}

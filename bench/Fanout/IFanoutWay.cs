namespace Sluice.Bench.Fanout;

/// <summary>A server that gives one stream of events to many readers.</summary>
internal interface IFanoutWay
{
    string Name { get; }

    /// <summary>The process that holds the readers.</summary>
    long ResidentBytes { get; }

    /// <summary>CPU time that its processes have used so far.</summary>
    TimeSpan CpuTime { get; }

    /// <summary>Opens a stream of its own; its events begin by <see cref="IFanoutStream.PublishAsync"/>.</summary>
    Task<IFanoutStream> OpenAsync(FanoutScript script);
}

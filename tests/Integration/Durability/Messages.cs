namespace Sluice.Tests.Integration.Durability;

/// <summary>Sent to an <see cref="EffectConsumer"/>: write one effect.</summary>
public sealed record WriteEffect
{
    public required string Text { get; init; }

    /// <summary>Fails this many first tries.</summary>
    public int Failures { get; init; }
}

/// <summary>Published by an <see cref="EffectConsumer"/> with its effect.</summary>
public sealed record EffectWritten
{
    public required string Text { get; init; }
}

/// <summary>Counts one up.</summary>
public sealed record Increment
{
    public required Guid CorrelationId { get; init; }
}

/// <summary>One of several parts that complete a counter in any order.</summary>
public sealed record Part
{
    public required Guid CorrelationId { get; init; }

    public required int No { get; init; }
}

/// <summary>Increments by name, not by id.</summary>
public sealed record IncrementByName
{
    public required string Name { get; init; }
}

/// <summary>Names a counter.</summary>
public sealed record NameCounter
{
    public required Guid CorrelationId { get; init; }

    public required string Name { get; init; }
}

/// <summary>Starts the counter's timer.</summary>
public sealed record StartTimer
{
    public required Guid CorrelationId { get; init; }

    public required TimeSpan Delay { get; init; }
}

/// <summary>Stops it.</summary>
public sealed record StopTimer
{
    public required Guid CorrelationId { get; init; }
}

/// <summary>The timer's message.</summary>
public sealed record TimerFired
{
    public required Guid CorrelationId { get; init; }
}

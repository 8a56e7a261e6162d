namespace Sluice.Streaming.Admission;

/// <summary>What became of a request that asked for a place among the running responses.</summary>
internal enum AdmissionOutcome
{
    /// <summary>It has a place, which it must leave.</summary>
    Admitted,

    /// <summary>The queue is shut, or there is none.</summary>
    Full,

    /// <summary>It waited as long as it may.</summary>
    TimedOut,

    /// <summary>The process drains.</summary>
    Draining,

    /// <summary>Its client has left.</summary>
    Left,
}

namespace Sluice.Inference.Providers;

/// <summary>Ways in which a call to a provider fails.</summary>
public enum ModelFailureKind
{
    /// <summary>It answered with another status than 200.</summary>
    Refused,

    /// <summary>No connection could be made; the provider did not see the request.</summary>
    Unreachable,

    /// <summary>A deadline passed: connect, first token, gap, or the whole answer.</summary>
    TimedOut,

    /// <summary>The connection ended before the answer did.</summary>
    Cut,

    /// <summary>
    /// What came is no answer to the request, or is larger than the limits allow, or is an error in mid-stream.
    /// </summary>
    Garbage,

    /// <summary>Generated again, the answer was not the one that had been interrupted.</summary>
    Diverged,

    /// <summary>This process has as many calls open there as <c>MaxConcurrency</c> allows; nothing was sent.</summary>
    Full,

    /// <summary>The provider failed too often of late and is spared; nothing was sent.</summary>
    CircuitOpen,
}

using Sluice.Inference.Providers;

namespace Sluice.Inference.Resilience;

/// <summary>What follows from a failure besides telling the caller.</summary>
internal static class FailureEffects
{
    /// <summary>
    /// The provider is unwell. Garbage does not count: an answer past the limits is of the caller's making, and one
    /// caller must not close the model to all others.
    /// </summary>
    public static bool IsOutage(this ModelFailure failure) =>
        failure.Kind is ModelFailureKind.Unreachable or ModelFailureKind.TimedOut or ModelFailureKind.Cut
        || failure is { Kind: ModelFailureKind.Refused, Status: >= 500 };

    /// <summary>Another provider may well answer: it is not the request that is wrong.</summary>
    public static bool IsWorthAnother(this ModelFailure failure) =>
        !failure.IsPassedOn() && failure.Kind != ModelFailureKind.Diverged;
}

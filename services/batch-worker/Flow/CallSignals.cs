using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Flow;

/// <summary>Reads a provider's state off an answer.</summary>
internal static class CallSignals
{
    public static CallSignal Of(ModelAnswer answer) => answer switch
    {
        { IsSuccess: true } => CallSignal.Success,
        { Failure.Kind: ModelFailureKind.CircuitOpen } => CallSignal.Down,
        { Failure.Kind: ModelFailureKind.Full } => CallSignal.None,
        { Failure.Kind: ModelFailureKind.Garbage or ModelFailureKind.Diverged } => CallSignal.Alive,
        { Failure: not null } => CallSignal.Outage,
        { Status: 402 } => CallSignal.Quota,
        { Status: 429 } => QuotaErrors.IsUsedUp(answer.Body) ? CallSignal.Quota : CallSignal.Limited,
        { Status: 500 } => CallSignal.Error,
        { Status: 408 or >= 500 } => CallSignal.Outage,
        _ => CallSignal.Alive,
    };
}

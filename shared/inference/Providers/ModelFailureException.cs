namespace Sluice.Inference.Providers;

/// <summary>Ends a streamed answer that did not reach its own end.</summary>
public sealed class ModelFailureException(ModelFailure failure, Exception? inner = null)
    : Exception(failure.Message, inner)
{
    public ModelFailure Failure { get; } = failure;
}

namespace Sluice.Streaming.Responses;

/// <summary>Ends a reader of a response that ended without a committed end.</summary>
internal sealed class ResponseRefusedException(Refusal refusal) : Exception(refusal.Error.Message)
{
    public Refusal Refusal => refusal;
}

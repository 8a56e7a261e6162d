namespace Sluice.Inference.Responses;

/// <summary>Takes the events of one response, in order.</summary>
public interface IResponsesEventSink
{
    /// <param name="one">Its memory is used again: it is valid until the call returns.</param>
    void Add(ResponsesEvent one);
}

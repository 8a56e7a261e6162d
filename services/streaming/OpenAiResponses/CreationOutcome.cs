namespace Sluice.Streaming.OpenAiResponses;

/// <summary>What a request to create a response is, among those that came before it.</summary>
internal enum CreationOutcome
{
    /// <summary>A new one: it is to make its response, or to release what it reserved.</summary>
    Reserved,

    /// <summary>It asks for a response that is there.</summary>
    Repeats,

    /// <summary>It asks for a response that another request is making right now.</summary>
    Pending,

    /// <summary>The request that came with its key first has no response yet.</summary>
    KeyInUse,

    /// <summary>Its key was used with another body.</summary>
    KeyReused,
}

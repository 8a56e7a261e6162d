namespace Sluice.Inference.Options;

/// <summary>What a streamed answer survives.</summary>
public enum StreamDurability
{
    /// <summary>
    /// Everything: a token is in the database before it is delivered, so the stream can be read again and resumed, by
    /// any number of readers, until it expires.
    /// </summary>
    BeforeDelivery,

    /// <summary>
    /// Nothing: one reader, no resume, no wait for the database. A reader that leaves cancels the answer; a process
    /// that dies cuts it.
    /// </summary>
    None,
}

namespace Sluice.Inference.Chat;

/// <summary>What a chunk carries.</summary>
[Flags]
public enum ChatChunkParts
{
    None = 0,

    /// <summary>A delta names the role; on its own it is not yet a token.</summary>
    Role = 1,

    /// <summary>
    /// A delta carries content of any kind: text, a refusal, tool calls, reasoning, fields unknown to us.
    /// </summary>
    Content = 2,

    /// <summary>A choice has its finish reason.</summary>
    Finish = 4,

    /// <summary>The usage numbers.</summary>
    Usage = 8,
}

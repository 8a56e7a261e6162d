namespace Sluice.Gateway.Identity;

/// <summary>What a key may do; written in configuration as lower-case words.</summary>
[Flags]
internal enum Rights
{
    None = 0,

    /// <summary><c>inference</c>: chat completions and models.</summary>
    Inference = 1,

    /// <summary><c>batches</c>: files and batches.</summary>
    Batches = 2,

    /// <summary><c>operator</c>: what looks at or changes the running system.</summary>
    Operator = 4,
}

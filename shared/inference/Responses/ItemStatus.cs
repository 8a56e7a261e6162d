namespace Sluice.Inference.Responses;

/// <summary>How far an item of the output has come.</summary>
internal enum ItemStatus
{
    InProgress,
    Completed,

    /// <summary>The answer ended in the middle of it.</summary>
    Incomplete,
}

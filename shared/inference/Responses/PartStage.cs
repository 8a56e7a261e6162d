namespace Sluice.Inference.Responses;

/// <summary>Which of the events that end a part were written. A takeover may find any of them.</summary>
internal enum PartStage
{
    Open,

    /// <summary>The whole text was told.</summary>
    TextDone,

    /// <summary>The whole part was told, or needs no telling.</summary>
    Done,
}

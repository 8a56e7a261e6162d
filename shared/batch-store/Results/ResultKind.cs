namespace Sluice.BatchStore.Results;

/// <summary>Which of a batch's two files a page belongs to, as stored.</summary>
public enum ResultKind : short
{
    /// <summary>Answers with a status below 400.</summary>
    Output = 0,

    /// <summary>Lines that failed for good, or never ran.</summary>
    Error = 1,
}

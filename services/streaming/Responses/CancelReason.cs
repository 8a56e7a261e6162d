namespace Sluice.Streaming.Responses;

/// <summary>Why a generation was stopped from outside.</summary>
internal enum CancelReason
{
    None,

    /// <summary>Nobody has read it for <c>Streaming:ResumeWindow</c>.</summary>
    NoReader,

    /// <summary>Its tenant asked for it.</summary>
    Requested,

    /// <summary>The process ends.</summary>
    ShuttingDown,

    /// <summary>The log could not be written for <c>Log:CommitDeadline</c>.</summary>
    LogAway,

    /// <summary>The process ends, and another instance goes on with the response.</summary>
    HandedOver,

    /// <summary>The instance was fenced; another one has the response.</summary>
    Lost,
}

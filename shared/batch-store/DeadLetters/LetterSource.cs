namespace Sluice.BatchStore.DeadLetters;

/// <summary>How a message became a dead letter, as stored.</summary>
public enum LetterSource : short
{
    /// <summary>Its consumer failed for good: queue <c>&lt;name&gt;_error</c>.</summary>
    Error = 0,

    /// <summary>No consumer takes its type: queue <c>&lt;name&gt;_skipped</c>.</summary>
    Skipped = 1,

    /// <summary>Its consumer's process ended again and again: queue <c>&lt;name&gt;_undelivered</c>.</summary>
    Undelivered = 2,

    /// <summary>The broker refused it again and again: table <c>outbox_dead</c>.</summary>
    Outbox = 3,
}

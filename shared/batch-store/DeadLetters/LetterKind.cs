namespace Sluice.BatchStore.DeadLetters;

/// <summary>What a dead letter is, as stored. Those below <see cref="Message"/> are replayed as a batch.</summary>
public enum LetterKind : short
{
    /// <summary>A line of a batch that is in the error file.</summary>
    Line = 0,

    /// <summary>A line that was not even tried, because its shard could not be run.</summary>
    Shard = 1,

    /// <summary>A message of the infrastructure.</summary>
    Message = 2,

    /// <summary>An event that its receiver never took.</summary>
    Webhook = 3,
}

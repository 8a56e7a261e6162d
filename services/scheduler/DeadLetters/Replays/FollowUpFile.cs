using Sluice.BatchStore.Blobs;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>The stored input file of a follow-up batch that does not exist yet.</summary>
/// <param name="Blob">Its bytes.</param>
/// <param name="Letters">Whose lines are in it, in their order.</param>
/// <param name="Missing">Whose lines are not there any more.</param>
internal sealed record FollowUpFile(BlobInfo Blob, IReadOnlyList<LetterRow> Letters, IReadOnlyList<LetterRow> Missing);

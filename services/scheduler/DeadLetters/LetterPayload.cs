using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.DeadLetters;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>Reads what failed: a line from the input file, a message from its letter. Thread-safe.</summary>
internal sealed class LetterPayload(IBlobStore blobs)
{
    /// <summary>Null when it is not there any more: the input file was deleted, or the body was not kept.</summary>
    public async Task<byte[]?> ReadAsync(
        LetterRow letter, LetterContent content, CancellationToken cancellationToken) =>
        letter.Kind >= LetterKind.Message ? content.Body : await LineAsync(letter, cancellationToken);

    /// <summary>Null when the input file, or this part of it, is not there any more.</summary>
    public async Task<byte[]?> LineAsync(LetterRow letter, CancellationToken cancellationToken)
    {
        if (letter is not { BlobId: { } blob, ByteOffset: { } offset, ByteLength: { } length and > 0 })
        {
            return null;
        }

        var line = new byte[length];
        return await blobs.ReadRangeAsync(blob, offset, line, cancellationToken) == length ? line : null;
    }
}

namespace Sluice.Inference.Chat;

/// <summary>
/// One chunk of a streamed answer in the public form: the provider's own JSON with our id, model and creation time in
/// place of its own, and every other field as the provider sent it.
/// </summary>
/// <param name="Json">
/// UTF-8 JSON object without line breaks. The memory is reused: it is valid until the next chunk is asked for.
/// </param>
/// <param name="Parts">What the chunk carries.</param>
/// <param name="HeadLength">
/// Bytes at the start of <paramref name="Json"/> that are the same in all chunks of the answer.
/// </param>
public readonly record struct ChatChunk(ReadOnlyMemory<byte> Json, ChatChunkParts Parts, int HeadLength);

namespace Sluice.Inference.Responses;

/// <summary>One event of a response as the public API has it.</summary>
/// <param name="Type">The event's name, also its first member (<c>response.output_text.delta</c>).</param>
/// <param name="Json">
/// UTF-8 JSON object on one line, beginning with <c>type</c> and <c>sequence_number</c>. Borrowed from the writer.
/// </param>
public readonly record struct ResponsesEvent(string Type, ReadOnlyMemory<byte> Json);

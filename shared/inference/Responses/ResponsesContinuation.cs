namespace Sluice.Inference.Responses;

/// <summary>
/// What was answered before the generation broke off, for a provider that goes on from a given text.
/// </summary>
/// <param name="Text">The inside of a JSON string, as <see cref="ResponsesEvents.OutputText"/> gives it.</param>
/// <param name="Tokens">
/// Tokens it took; they count against <c>max_output_tokens</c>, of which one is always left.
/// </param>
public sealed record ResponsesContinuation(ReadOnlyMemory<byte> Text, int Tokens);

namespace Sluice.Inference.Continuations;

/// <summary>A text within a chunk.</summary>
/// <param name="Channel">Where it belongs, see <see cref="AnswerSoFar"/>.</param>
/// <param name="Start">First byte after its opening quote.</param>
/// <param name="Length">Bytes up to its closing quote.</param>
internal readonly record struct ChunkText(string Channel, int Start, int Length);

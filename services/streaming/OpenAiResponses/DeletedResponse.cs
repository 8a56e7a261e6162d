namespace Sluice.Streaming.OpenAiResponses;

/// <summary>The answer to a deletion.</summary>
internal sealed record DeletedResponse(string Id, string Object, bool Deleted);

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>What came with a message besides its body.</summary>
internal sealed record Seen(
    Guid? MessageId,
    Guid? CorrelationId,
    Guid? ConversationId,
    Guid? InitiatorId,
    Uri? SourceAddress,
    string? TraceId,
    byte? Priority,
    IReadOnlyDictionary<string, object> Headers);

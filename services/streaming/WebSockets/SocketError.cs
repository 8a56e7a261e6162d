using Sluice.ServiceDefaults.Errors;

namespace Sluice.Streaming.WebSockets;

/// <summary>An <c>error</c> event; <paramref name="Status"/> is what the same refusal has over HTTP.</summary>
internal sealed record SocketError(
    string Type, int SequenceNumber, int Status, string? Code, string Message, string? Param, OpenAiError Error);

using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>One earlier response of a conversation, as it was stored.</summary>
/// <param name="Input">Raw JSON of the request's <c>input</c>: a string or an array of items.</param>
/// <param name="Output">Raw JSON of the response's <c>output</c>: an array of items; empty for none.</param>
public sealed record ResponsesTurn(ReadOnlyMemory<byte> Input, ReadOnlyMemory<byte> Output)
{
    /// <summary>Takes the parts from the stored bodies; the memory is not copied.</summary>
    /// <param name="requestBody">The body of the POST, as <see cref="ResponsesRequest.Body"/> has it.</param>
    /// <param name="response">The response object at its end.</param>
    /// <exception cref="JsonException">One of them is no JSON object.</exception>
    public static ResponsesTurn Of(ReadOnlyMemory<byte> requestBody, ReadOnlyMemory<byte> response) =>
        new(RawJson.Member(requestBody, "input"u8), RawJson.Member(response, "output"u8));
}

using System.Diagnostics.CodeAnalysis;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Embeddings;

/// <summary>
/// One request for embeddings: the body as the caller sent it (UTF-8 JSON, passed on with every field it has) and the
/// few fields that Sluice itself reads. Immutable, safe to share between threads and to send again.
/// </summary>
public sealed class EmbeddingRequest
{
    private readonly EmbeddingFields _fields;

    private EmbeddingRequest(ReadOnlyMemory<byte> body, EmbeddingFields fields)
    {
        _fields = fields;
        Body = body;
        Model = fields.Model!;
        Input = body[fields.Input];
        Count = fields.Count;
        Dimensions = fields.Dimensions;
        IsBase64 = fields.IsBase64;
    }

    /// <summary>The request as received, UTF-8 JSON. Not copied: the caller must leave the memory alone.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The model as asked for; the answer carries this name.</summary>
    public string Model { get; }

    /// <summary>
    /// Raw JSON of <c>input</c>: a string, an array of strings, an array of tokens, or an array of such.
    /// </summary>
    public ReadOnlyMemory<byte> Input { get; }

    /// <summary>How many vectors the answer has, 1 to 2,048.</summary>
    public int Count { get; }

    /// <summary>Length of the vectors; null for the model's own.</summary>
    public int? Dimensions { get; }

    /// <summary>Vectors are base64 of little-endian 32-bit floats, else arrays of numbers.</summary>
    public bool IsBase64 { get; }

    /// <inheritdoc cref="ChatRequest.OwnsErrors"/>
    public bool OwnsErrors { get; private init; }

    /// <summary>The same request, with another <see cref="OwnsErrors"/>.</summary>
    public EmbeddingRequest WithOwnErrors(bool owns) =>
        owns == OwnsErrors ? this : new(Body, _fields) { OwnsErrors = owns };

    /// <summary>Reads and checks a request body; every refusal names the field.</summary>
    /// <param name="body">UTF-8 JSON.</param>
    /// <param name="request">The request, when the result is true.</param>
    /// <param name="error">What is wrong, when the result is false.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out EmbeddingRequest? request,
        [NotNullWhen(false)] out ChatRequestError? error)
    {
        var fields = new EmbeddingFields();
        error = EmbeddingRequestReader.Read(body.Span, fields);
        request = error is null ? new EmbeddingRequest(body, fields) : null;
        return error is null;
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Sluice.Inference.Chat;

/// <summary>
/// One chat completion request: the body as the caller sent it (UTF-8 JSON, passed on with every field it has) and the
/// few fields that Sluice itself reads. Immutable, safe to share between threads and to send again.
/// </summary>
public sealed class ChatRequest
{
    private readonly ChatRequestFields _fields;

    internal ChatRequest(string id, ReadOnlyMemory<byte> body, ChatRequestFields fields, long? created = null)
    {
        _fields = fields;
        Created = created;
        Id = id;
        Body = body;
        Model = fields.Model!;
        Stream = fields.Stream;
        IncludeUsage = fields.IncludeUsage;
        Choices = fields.Choices;
        MaxTokens = fields.MaxCompletionTokens ?? fields.MaxTokens;
        MessageCount = fields.MessageCount;
        MessageBytes = fields.MessageBytes;
        LastUserContent = body[fields.LastUserContent];
        AssistantPrefix = body[fields.AssistantPrefix];
    }

    /// <summary>
    /// Our id of the answer (<c>chatcmpl-…</c>); every answer and chunk carries it in place of the provider's.
    /// </summary>
    public string Id { get; }

    /// <summary>The request as received, UTF-8 JSON. Not copied: the caller must leave the memory alone.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The model as asked for; answers carry this name.</summary>
    public string Model { get; }

    public bool Stream { get; }

    /// <summary><c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; }

    /// <summary><c>n</c>, 1 to 128; 1 when absent.</summary>
    public int Choices { get; }

    /// <summary><c>max_completion_tokens</c>, else <c>max_tokens</c>, else null.</summary>
    public int? MaxTokens { get; }

    public int MessageCount { get; }

    /// <summary>Bytes of all message contents as they stand in the body; what token estimates go by.</summary>
    public int MessageBytes { get; }

    /// <summary>
    /// Raw JSON of the last user message's <c>content</c> (a string or an array of parts); empty without one.
    /// </summary>
    public ReadOnlyMemory<byte> LastUserContent { get; }

    /// <summary>
    /// Raw JSON of the last message's <c>content</c> when that is an assistant's: the start of the answer. Else empty.
    /// </summary>
    public ReadOnlyMemory<byte> AssistantPrefix { get; }

    /// <summary>
    /// <c>created</c> of every chunk in place of the provider's, in Unix seconds; null for the provider's.
    /// </summary>
    public long? Created { get; }

    /// <summary>
    /// A provider's answer 500 is taken for the request's own fault: it does not count for the circuit, as one request
    /// must not close the model to all others.
    /// </summary>
    public bool OwnsErrors { get; private init; }

    /// <summary>The same request for an answer that began at <paramref name="created"/>.</summary>
    public ChatRequest WithCreated(long? created) => new(Id, Body, _fields, created) { OwnsErrors = OwnsErrors };

    /// <summary>The same request, with another <see cref="OwnsErrors"/>.</summary>
    public ChatRequest WithOwnErrors(bool owns) =>
        owns == OwnsErrors ? this : new(Id, Body, _fields, Created) { OwnsErrors = owns };

    /// <summary>Reads and checks a request body; every refusal names the field.</summary>
    /// <param name="id">Our id of the answer to come.</param>
    /// <param name="body">UTF-8 JSON.</param>
    /// <param name="request">The request, when the result is true.</param>
    /// <param name="error">What is wrong, when the result is false.</param>
    public static bool TryRead(
        string id,
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out ChatRequest? request,
        [NotNullWhen(false)] out ChatRequestError? error)
    {
        var fields = new ChatRequestFields();
        error = ChatRequestReader.Read(body.Span, fields);
        request = error is null ? new ChatRequest(id, body, fields) : null;
        return error is null;
    }
}

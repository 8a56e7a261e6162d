using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Responses;

/// <summary>
/// One request of the Responses API: the body as the caller sent it (UTF-8 JSON) and the fields that the host reads.
/// Any provider of chat completions serves it: <see cref="ToChat"/> says how, and <see cref="ResponsesEvents"/> maps
/// the answer back. Immutable, safe to share between threads.
/// </summary>
public sealed class ResponsesRequest
{
    /// <summary>
    /// Less than the 64 levels that JSON readers go by default: tools and formats stand deeper in the events.
    /// </summary>
    private const int MaxDepth = 60;

    private ResponsesRequest(string id, ReadOnlyMemory<byte> body, JsonField root)
    {
        Id = id;
        Body = body;
        Model = root["model"].Text!;
        Stream = root["stream"].IsTrue;
        Background = root["background"].IsTrue;
        Store = root["store"].IsMissing || root["store"].IsTrue;
        PreviousResponseId = root["previous_response_id"].Text;
        Instructions = root["instructions"].Text;
        ServiceTier = root["service_tier"].Text;
        User = root["user"].Text;
        MaxOutputTokens = root["max_output_tokens"].IsMissing ? null : root["max_output_tokens"].Value.GetInt32();
        Input = Slice(root["input"]);
        Metadata = Slice(root["metadata"]);
    }

    /// <summary>Our id of the response (<c>resp_…</c>).</summary>
    public string Id { get; }

    /// <summary>The request as received, UTF-8 JSON. Not copied: the caller must leave the memory alone.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The model as asked for; the response carries this name.</summary>
    public string Model { get; }

    public bool Stream { get; }

    public bool Background { get; }

    /// <summary><c>store</c>; true when absent.</summary>
    public bool Store { get; }

    /// <summary>The response whose conversation this one continues; null for none.</summary>
    public string? PreviousResponseId { get; }

    /// <summary>For this response only: they are not carried to the ones that continue it.</summary>
    public string? Instructions { get; }

    public string? ServiceTier { get; }

    public string? User { get; }

    public int? MaxOutputTokens { get; }

    /// <summary>Raw JSON of <c>input</c>: a string or an array of items.</summary>
    public ReadOnlyMemory<byte> Input { get; }

    /// <summary>Raw JSON object of <c>metadata</c>; empty without one.</summary>
    public ReadOnlyMemory<byte> Metadata { get; }

    /// <summary>Reads and checks a request body; every refusal names the field.</summary>
    /// <param name="id">Our id of the response to come.</param>
    /// <param name="body">UTF-8 JSON.</param>
    /// <param name="request">The request, when the result is true.</param>
    /// <param name="error">What is wrong, when the result is false; the paths are those of this API.</param>
    public static bool TryRead(
        string id,
        ReadOnlyMemory<byte> body,
        [NotNullWhen(true)] out ResponsesRequest? request,
        [NotNullWhen(false)] out ChatRequestError? error)
    {
        request = null;
        if (!Utf8.IsValid(body.Span))
        {
            error = new("The request body is not valid UTF-8.", null);
            return false;
        }

        try
        {
            if (JsonSurrogates.FirstLone(body.Span) >= 0
                && JsonSurrogates.HasLoneName(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth }))
            {
                error = new("A name in the request body is not valid Unicode text.", null);
                return false;
            }

            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            error = RequestChecks.Check(document.RootElement);
            request = error is null ? new(id, body, new(document.RootElement, "")) : null;
            return error is null;
        }
        catch (JsonException exception)
        {
            var where = $"line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            error = new($"The request body is not valid JSON ({where}).", null);
            return false;
        }
        catch (InvalidOperationException)
        {
            error = new("A text in the request body is not valid Unicode.", null);
            return false;
        }
    }

    /// <summary>
    /// The same question as a streamed chat completion with usage: the instructions as a system message (first, where
    /// models expect it), what was said in earlier responses, and the input.
    /// </summary>
    /// <param name="history">The earlier responses of the conversation, oldest first.</param>
    /// <exception cref="JsonException">The history is not what responses look like.</exception>
    public ChatRequest ToChat(IReadOnlyList<ResponsesTurn> history) => Chat(ChatBody.Write(this, history, true));

    /// <summary>The same question as a whole chat completion, for <see cref="WholeResponse"/>.</summary>
    public ChatRequest ToWholeChat() => Chat(ChatBody.Write(this, [], isStreamed: false));

    private ChatRequest Chat(byte[] body) =>
        ChatRequest.TryRead(Id, body, out var chat, out var error)
            ? chat
            : throw new JsonException($"The conversation makes no chat request: {error.Message}");

    private ReadOnlyMemory<byte> Slice(JsonField field)
    {
        // The document stands on the body's own memory, so that the value's bytes are a part of it.
        return !field.IsMissing && Body.Span.Overlaps(JsonMarshal.GetRawUtf8Value(field.Value), out var offset)
            ? Body.Slice(offset, field.Raw.Length)
            : default;
    }
}

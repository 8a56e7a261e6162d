using System.Runtime.CompilerServices;
using Sluice.Inference.Chat;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;

namespace Sluice.Inference.OpenAiCompatible;

/// <summary>
/// One streamed answer of a provider: opens it, yields its chunks, holds its deadlines. The end is a finish
/// reason and then the provider's <c>[DONE]</c>, nothing else: a connection that closes before it was cut.
/// </summary>
internal sealed class UpstreamStream(
    ChatRequest request,
    ProviderOptions options,
    TimeProvider time,
    CancellationToken caller) : IDisposable
{
    private readonly Deadline _deadline = new(caller);
    private readonly ChunkRewriter _rewriter = new(request, time);
    private HttpResponseMessage? _response;
    private Stream? _body;
    private SseReader? _events;
    private bool _isFirst = true;
    private bool _hasContent;
    private bool _hasFinish;
    private bool _repeatsChunk;

    /// <exception cref="ModelFailureException">The provider refused.</exception>
    public async Task OpenAsync(UpstreamConnection connection, int maxRefusalBytes)
    {
        _deadline.Set(options.FirstTokenTimeout, "first token");
        _response = await connection.SendAsync(connection.Chat, request.Body, _deadline.Token).ConfigureAwait(false);
        if (_response.StatusCode != System.Net.HttpStatusCode.OK)
        {
            var body = await OpenAiProvider.ReadBodyAsync(_response, maxRefusalBytes, _deadline.Token)
                .ConfigureAwait(false);
            var retryAfter = OpenAiProvider.RetryAfter(_response, time);
            throw new ModelFailureException(ModelFailure.Refused((int)_response.StatusCode, body, retryAfter));
        }

        _body = await _response.Content.ReadAsStreamAsync(_deadline.Token).ConfigureAwait(false);
        _events = new SseReader(_body, options.MaxLineBytes, options.MaxResponseBytes);
    }

    /// <summary>The next chunk, or null after the provider's end of stream.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ChatChunk?> NextAsync()
    {
        // Until a chunk is handed out: what its reader does with it is not the provider's silence.
        _deadline.BeginWait();
        while (_repeatsChunk || await _events!.ReadAsync(_deadline.Token).ConfigureAwait(false))
        {
            _repeatsChunk = false;
            if (_events!.Data.Span.SequenceEqual("[DONE]"u8))
            {
                Release();
                return _hasFinish ? null : throw new ModelFailureException(UpstreamFailures.Cut());
            }

            if (_rewriter.Rewrite(_events.Data) is { } chunk)
            {
                var accepted = Accept(chunk);
                _deadline.EndWait();
                return accepted;
            }
        }

        throw new ModelFailureException(UpstreamFailures.Cut());
    }

    public ModelFailure? FailureOf(Exception exception) =>
        exception is ModelFailureException ? null : UpstreamFailures.Of(exception, _deadline, caller);

    public void Dispose()
    {
        _events?.Dispose();
        _response?.Dispose();
        _deadline.Dispose();
    }

    private ChatChunk Accept(ChatChunk chunk)
    {
        if (_isFirst)
        {
            _isFirst = false;
            if ((chunk.Parts & ChatChunkParts.Role) == ChatChunkParts.None)
            {
                // The chunk is read once more after the one we put before it: its data is still the reader's.
                _repeatsChunk = true;
                return _rewriter.Role();
            }
        }

        _hasFinish |= (chunk.Parts & ChatChunkParts.Finish) != ChatChunkParts.None;
        if (!_hasContent && (chunk.Parts & (ChatChunkParts.Content | ChatChunkParts.Finish)) != ChatChunkParts.None)
        {
            _hasContent = true;
            _deadline.SetGap(options.GapTimeout, "next token");
        }

        return chunk;
    }

    private void Release()
    {
        // In the background: the caller need not wait for the provider's last bytes.
        _ = UpstreamConnection.ReleaseAsync(_response!, _body!);
        _response = null;
    }
}

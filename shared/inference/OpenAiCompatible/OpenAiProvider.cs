using System.Runtime.CompilerServices;
using System.Text.Json;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;

namespace Sluice.Inference.OpenAiCompatible;

/// <summary>A provider that speaks the OpenAI protocol over HTTP.</summary>
internal sealed class OpenAiProvider(string name, ProviderOptions options, TimeProvider time)
    : IModelBackend, IDisposable
{
    private const int MaxRefusalBytes = 64 << 10;

    private readonly UpstreamConnection _connection = new(options);

    public string Name => name;

    public void Dispose() => _connection.Dispose();

    public ValueTask<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation) => CallAsync(
        _connection.Chat, request.Body, body => AnswerRewriter.Rewrite(body, request, time), cancellation);

    public ValueTask<ModelAnswer> EmbedAsync(EmbeddingRequest request, CancellationToken cancellation) => CallAsync(
        _connection.Embeddings, request.Body, body => EmbeddingRewriter.Rewrite(body, request), cancellation);

    private async ValueTask<ModelAnswer> CallAsync(
        Uri address, ReadOnlyMemory<byte> request, Func<byte[], byte[]> rewrite, CancellationToken cancellation)
    {
        using var deadline = new Deadline(cancellation);
        deadline.Set(options.CompletionTimeout, "whole answer");
        try
        {
            using var response = await _connection.SendAsync(address, request, deadline.Token).ConfigureAwait(false);
            var isAnswer = response.IsSuccessStatusCode;
            var limit = isAnswer ? options.MaxResponseBytes : MaxRefusalBytes;
            var body = await ReadBodyAsync(response, limit, deadline.Token).ConfigureAwait(false);
            return new ModelAnswer
            {
                Status = (int)response.StatusCode,
                Body = isAnswer ? rewrite(body) : body,
                RetryAfter = RetryAfter(response, time),
            };
        }
        catch (Exception exception) when (UpstreamFailures.Of(exception, deadline, cancellation) is { } failure)
        {
            return new ModelAnswer { Failure = failure };
        }
    }

    public async IAsyncEnumerable<ChatChunk> StreamAsync(
        ChatRequest request,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stream = new UpstreamStream(request, options, time, cancellation);
        try
        {
            await stream.OpenAsync(_connection, MaxRefusalBytes).ConfigureAwait(false);
        }
        catch (Exception exception) when (stream.FailureOf(exception) is { } failure)
        {
            throw new ModelFailureException(failure, exception);
        }

        while (true)
        {
            ChatChunk? chunk;
            try
            {
                chunk = await stream.NextAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (stream.FailureOf(exception) is { } failure)
            {
                throw new ModelFailureException(failure, exception);
            }

            if (chunk is null)
            {
                yield break;
            }

            yield return chunk.Value;
        }
    }

    internal static async Task<byte[]> ReadBodyAsync(
        HttpResponseMessage response,
        long maxBytes,
        CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentLength > maxBytes)
        {
            throw new InvalidDataException($"The answer is longer than {maxBytes} bytes.");
        }

        using var body = new MemoryStream();
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = new byte[8_192];
        while (true)
        {
            var count = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                return body.ToArray();
            }

            if (body.Length + count > maxBytes)
            {
                throw new InvalidDataException($"The answer is longer than {maxBytes} bytes.");
            }

            await body.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Seconds or a date; one that has passed is now.</summary>
    internal static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        var asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return asked < TimeSpan.Zero ? TimeSpan.Zero : asked;
    }
}

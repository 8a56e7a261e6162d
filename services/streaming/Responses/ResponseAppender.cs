using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>Appends the events of a response and sees to their commit.</summary>
internal sealed class ResponseAppender(Response response, GroupCommitter committer)
{
    /// <summary>The first bytes of every chunk; kept with the response from the first one on.</summary>
    public ReadOnlyMemory<byte> Head
    {
        get => response.Head;
        set => response.Head = value;
    }

    /// <summary>Counts chunks with content that an earlier owner has had from the provider.</summary>
    public void CountBefore(long tokens) => response.Tokens += tokens;

    /// <inheritdoc cref="Response.Append"/>
    public void Append(LogEventKind kind, ReadOnlySpan<byte> data, bool release, string? endState = null)
    {
        if (response.Append(kind, data, release, endState))
        {
            committer.Enqueue(response);
        }
    }
}

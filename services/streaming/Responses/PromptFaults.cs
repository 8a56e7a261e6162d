using System.Text;
using Sluice.Durability.Faults;

namespace Sluice.Streaming.Responses;

/// <summary>
/// The fault points of prompts: an answer to one that says <c>#word</c> reaches <c>response.word</c> with each chunk
/// once its first events are committed, wherever it is generated: before, there is no answer yet that could break.
/// Looks at no prompt unless fault points are on. Thread-safe.
/// </summary>
internal sealed class PromptFaults(IFaultPoints faults)
{
    /// <summary>The point of a response; null when it has none.</summary>
    public string? Of(Response response)
    {
        var request = response.Identity.Request.Span;
        if (faults is NoFaultPoints || request.IndexOf((byte)'#') is var mark && mark < 0)
        {
            return null;
        }

        var word = request[(mark + 1)..];
        return "response." + Encoding.UTF8.GetString(word[..word.IndexOfAnyExceptInRange((byte)'a', (byte)'z')]);
    }

    public ValueTask ReachAsync(string point, Response response) => response.Frames.Readable > 0
        ? faults.ReachAsync(point, response.Generation)
        : ValueTask.CompletedTask;
}

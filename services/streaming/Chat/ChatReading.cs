using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Chat;

/// <summary>
/// Reads a chat completion that was streamed: its stream from any position, or all of it as one object.
/// </summary>
internal sealed class ChatReading(ResponseReading reading, ResponseLog log)
{
    public Task AnswerAsync(HttpContext context, string id) => ResponseReading.AnswerAsync(context, async () =>
    {
        var stream = ResponseReading.WantsStream(context.Request);
        var found = await reading.FindAsync(context, id, ResponseSurface.Chat);
        return stream
            ? await reading.StreamAsync(context, found)
            : await WholeAsync(found, context.RequestAborted);
    });

    private async Task<IResult> WholeAsync(FoundResponse found, CancellationToken cancellation)
    {
        if (found.Stored is not { IsEnded: true } stored)
        {
            return OpenAiErrorResult.Conflict(
                $"The completion '{found.Id}' is still running; read it with stream=true.",
                "id",
                "response_running");
        }

        var assembly = new ChatAssembly(stored.Head);
        await foreach (var row in log.ReadAllAsync(found.Key, stored.Next, cancellation))
        {
            assembly.Add(row);
        }

        return assembly.Result();
    }
}

using System.Globalization;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Chat;

/// <summary>
/// Reads a chat completion that was streamed: its stream from any position, or all of it as one object.
/// </summary>
internal sealed class ChatReading(
    ResponseRegistry responses,
    ResponseLog log,
    ChatStreaming streaming,
    IOptions<LogOptions> options,
    TimeProvider time)
{
    public async Task AnswerAsync(HttpContext context, string id)
    {
        var refusal = await ReadAsync(context, id);
        if (refusal is not null && !context.RequestAborted.IsCancellationRequested)
        {
            await refusal.ExecuteAsync(context);
        }
    }

    private async Task<IResult?> ReadAsync(HttpContext context, string id)
    {
        if (!ResponseKey.TryParseChat(id, out var key))
        {
            return Unknown(id);
        }

        if (time.GetUtcNow() - key.CreatedAt >= options.Value.Retention)
        {
            return OpenAiErrorResult.NotFound($"The completion '{id}' has expired.", "id", "response_expired");
        }

        var query = context.Request.Query;
        if (!TryReadFlag(query["stream"], out var stream))
        {
            return OpenAiErrorResult.BadRequest("'stream' must be true or false.", "stream");
        }

        var live = responses.TryFind(key, out var found) && found.Tenant == context.Tenant() ? found : null;
        var stored = live is null ? await log.FindAsync(key, context.RequestAborted) : null;
        if (live is null && (stored is null || stored.Tenant != context.Tenant()))
        {
            return Unknown(id);
        }

        if (live is { IsLogged: false })
        {
            return OpenAiErrorResult.Conflict(
                $"The completion '{id}' is not stored: it was asked for with durability none.",
                "id",
                "response_not_resumable");
        }

        if (!stream)
        {
            return await WholeAsync(key, stored, context.RequestAborted);
        }

        var (position, param) = Position(context.Request);
        var last = (live?.Frames.Readable ?? stored!.Next) - 1;
        if (position is null || position > last)
        {
            return OpenAiErrorResult.BadRequest(
                $"'{param}' must be a position from -1 to {last}, the last event of now.", param, "invalid_position");
        }

        if (live is not null)
        {
            ResponseRunner.Join(live);
        }

        return await streaming.AnswerAsync(context, key, live, position.Value + 1);
    }

    private async Task<IResult?> WholeAsync(
        ResponseKey key, StoredResponse? stored, CancellationToken cancellation)
    {
        if (stored is null || !stored.IsEnded)
        {
            return OpenAiErrorResult.Conflict(
                $"The completion '{key.ChatId}' is still running; read it with stream=true.",
                "id",
                "response_running");
        }

        var assembly = new ChatAssembly(stored.Head);
        for (var next = 0L; next < stored.Next;)
        {
            foreach (var row in await log.ReadAsync(key, next, cancellation))
            {
                assembly.Add(row);
                next = row.Seq + row.Count;
            }
        }

        return assembly.Result();
    }

    private static OpenAiErrorResult Unknown(string id) => OpenAiErrorResult.NotFound(
        $"There is no completion '{(id.Length <= 100 ? id : id[..100] + "…")}'.", "id", "response_not_found");

    private static bool TryReadFlag(string? text, out bool flag) =>
        bool.TryParse(text ?? bool.FalseString, out flag);

    /// <summary>The position that the reader has seen; -1 when it names none, null when it is no number.</summary>
    private static (long? Position, string Param) Position(HttpRequest request)
    {
        var (text, param) = request.Query["starting_after"].ToString() is { Length: > 0 } after
            ? (after, "starting_after")
            : (request.Headers["Last-Event-ID"].ToString(), "Last-Event-ID");
        return text.Length == 0
            ? (-1, param)
            : (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var position)
                && position >= -1 ? position : null, param);
    }
}

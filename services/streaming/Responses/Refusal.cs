using System.Buffers;
using System.Text.Json;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Log;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.Responses;

/// <summary>Why a response came to nothing, or why its readers get no more of it.</summary>
/// <param name="Answer">For readers that nothing was sent to.</param>
/// <param name="Error">For readers in mid-stream.</param>
internal sealed record Refusal(IResult Answer, OpenAiError Error)
{
    public static Refusal ShuttingDown { get; } =
        Unavailable("The server is shutting down; try again.", "shutting_down");

    public static Refusal AtCapacity { get; } =
        Unavailable("Too many responses are running; try again.", "at_capacity");

    public static Refusal TooManyReaders { get; } =
        Unavailable("Too many readers are connected; try again.", "too_many_readers");

    public static Refusal LogAway { get; } =
        Unavailable("The response could not be stored; it goes no further.", "log_unavailable");

    public static Refusal Abandoned { get; } =
        Unavailable("The response was cancelled because nobody read it.", "response_cancelled");

    public static Refusal Cancelled { get; } =
        Unavailable("The response was cancelled.", "response_cancelled");

    /// <summary>Its generation does not stop; the wish stays with the response.</summary>
    public static Refusal CancelPending { get; } =
        Unavailable("The response was told to stop and has not stopped yet; ask again.", "cancel_pending");

    public static Refusal Internal { get; } = Failed("The server failed to generate the response.", "internal_error");

    /// <summary>Its owner died, and its provider cannot go on with a text that another has begun.</summary>
    public static Refusal Interrupted { get; } = Failed(
        "The server that generated the response failed; what was generated before stays readable.",
        "response_interrupted");

    /// <summary>It ended its process, or met one that ended, more often than <c>Streaming:MaxTakeovers</c>.</summary>
    public static Refusal TakeoverLimit { get; } = Failed(
        "The response was interrupted too often; what was generated before stays readable.",
        "response_takeover_limit");

    /// <summary>Its owner was fenced before anything of it was committed: nothing is lost by asking again.</summary>
    public static Refusal InstanceReplaced { get; } =
        Unavailable("The server that took the request was replaced; try again.", "instance_replaced");

    public static Refusal LogRefused { get; } = Failed("The response could not be stored.", "log_refused");

    /// <summary><c>Streaming:MaxBufferedRequestBytes</c> is reached.</summary>
    public static Refusal MemoryFull { get; } = Of(RequestBody.Full());

    public static Refusal ConversationTooLong { get; } = Invalid(
        "The conversation that 'previous_response_id' continues is too long; send what matters of it as 'input'.",
        StatusCodes.Status400BadRequest,
        "conversation_too_long");

    public static Refusal AlreadyRunning { get; } = Of(OpenAiErrorResult.Conflict("A response of that id is running."));

    /// <summary>The request that it repeats has made no response yet, and may still.</summary>
    public static Refusal StillCreated { get; } = Of(new OpenAiErrorResult(
        StatusCodes.Status409Conflict,
        new(
            "The response of the request that this one repeats is being created; try again.",
            OpenAiErrorType.InvalidRequest,
            null,
            "response_being_created"))
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    });

    public static Refusal Of(OpenAiErrorResult answer) => new(answer, answer.Error);

    public static Refusal BadRequest(string message, string? param, string? code = null) =>
        Of(OpenAiErrorResult.BadRequest(message, param, code));

    public static Refusal Unknown(string id) =>
        Of(OpenAiErrorResult.NotFound($"There is no response '{Short(id)}'.", "id", "response_not_found"));

    public static Refusal Expired(string id) =>
        Of(OpenAiErrorResult.NotFound($"The response '{Short(id)}' has expired.", "id", "response_expired"));

    public static Refusal NotResumable(string id) => Of(OpenAiErrorResult.Conflict(
        $"The response '{Short(id)}' is not stored: it was asked for with durability none.",
        "id",
        "response_not_resumable"));

    public static Refusal NoInput(string id) => Of(OpenAiErrorResult.NotFound(
        $"The input of the response '{Short(id)}' is not stored.", "id", "input_not_stored"));

    public static Refusal Position(string param, long last) => Of(OpenAiErrorResult.BadRequest(
        $"'{param}' must be a position from -1 to {last}, the last event of now.", param, "invalid_position"));

    public static Refusal NoPreviousResponse(string id) => Invalid(
        $"There is no stored response '{Short(id)}' that has ended.",
        StatusCodes.Status404NotFound,
        "previous_response_not_found");

    public static Refusal Unavailable(string message, string code)
    {
        var answer = OpenAiErrorResult.Unavailable(message, TimeSpan.FromSeconds(1), code);
        return new(answer, answer.Error);
    }

    /// <summary>The data of its error event.</summary>
    public byte[] Event() => JsonSerializer.SerializeToUtf8Bytes(new(Error), SseJsonContext.Default.OpenAiErrorBody);

    /// <summary>The event as the log holds it.</summary>
    public byte[] Frame()
    {
        var payload = new ArrayBufferWriter<byte>();
        LogFormat.Write(payload, LogEventKind.Failed, Event());
        return payload.WrittenSpan.ToArray();
    }

    private static Refusal Invalid(string message, int status, string code)
    {
        var type = status == StatusCodes.Status404NotFound ? OpenAiErrorType.NotFound : OpenAiErrorType.InvalidRequest;
        var error = new OpenAiError(message, type, "previous_response_id", code);
        return new(new OpenAiErrorResult(status, error), error);
    }

    private static string Short(string id) => id.Length <= 100 ? id : id[..100] + "…";

    private static Refusal Failed(string message, string code)
    {
        var error = new OpenAiError(message, OpenAiErrorType.Server, null, code);
        return new(new OpenAiErrorResult(StatusCodes.Status500InternalServerError, error), error);
    }
}

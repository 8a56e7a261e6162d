using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.Simulator;

/// <summary>Puts the simulated model's answers on HTTP.</summary>
internal static class SimulatorAnswers
{
    private static readonly byte[] Models =
        """{"object":"list","data":[{"id":"sluice-sim","object":"model","created":1735689600,"owned_by":"sluice"}]}"""u8
            .ToArray();

    public static Task ModelsAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(Models, context.RequestAborted).AsTask();
    }

    /// <summary>Answers whole or streamed; resets the connection where the model does.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static async Task AnswerAsync(HttpContext context, IModelProvider model, ChatRequest request)
    {
        if (request.Stream)
        {
            await StreamAsync(context, model, request);
            return;
        }

        await AnswerAsync(context, await model.CompleteAsync(request, context.RequestAborted));
    }

    /// <summary>Answers whole; resets the connection where the model does.</summary>
    public static async Task AnswerAsync(HttpContext context, ModelAnswer answer)
    {
        if (answer.Failure is { } failure)
        {
            await FailAsync(context, failure);
            return;
        }

        await WriteAsync(context, answer.Status, answer.Body, answer.RetryAfter);
    }

    public static Task RefuseAsync(HttpContext context, int status, ReadOnlySpan<byte> message)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error"u8);
            writer.WriteString("message"u8, message);
            writer.WriteString("type"u8, "invalid_request_error"u8);
            writer.WriteNull("param"u8);
            writer.WriteNull("code"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return WriteAsync(context, status, body.WrittenMemory, null);
    }

    private static async Task StreamAsync(HttpContext context, IModelProvider model, ChatRequest request)
    {
        var writer = context.Response.BodyWriter;
        var cancellation = context.RequestAborted;
        var isStarted = false;
        try
        {
            await foreach (var chunk in model.StreamAsync(request, cancellation).WithCancellation(cancellation))
            {
                if (!isStarted)
                {
                    isStarted = true;
                    context.Response.ContentType = "text/event-stream; charset=utf-8";
                    context.Response.Headers.CacheControl = "no-cache";
                }

                Write(writer, chunk.Json.Span);

                // The role goes out with the first token.
                if (chunk.Parts != ChatChunkParts.Role)
                {
                    await writer.FlushAsync(cancellation);
                }
            }

            Write(writer, "[DONE]"u8);
            await writer.FlushAsync(cancellation);
        }
        catch (ModelFailureException exception)
        {
            await FailAsync(context, exception.Failure);
        }
    }

    private static async Task FailAsync(HttpContext context, ModelFailure failure)
    {
        if (failure.Kind == ModelFailureKind.Refused)
        {
            await WriteAsync(context, failure.Status, failure.Body, failure.RetryAfter);
            return;
        }

        if (failure.Kind == ModelFailureKind.Full)
        {
            await RefuseAsync(context, 503, "The simulator is full."u8);
            return;
        }

        Reset(context);
    }

    /// <summary>
    /// An exception behind a started answer makes the server send what is written and then close without the end of the
    /// body; aborting at once could overtake the last token. Lingering for 0 s makes the close a reset. On HTTP/2 the
    /// server resets the stream, and the others of its connection go on.
    /// </summary>
    private static void Reset(HttpContext context)
    {
        if (!context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        if (!HttpProtocol.IsHttp2(context.Request.Protocol)
            && context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            socket.LingerState = new LingerOption(true, 0);
        }

        throw new ConnectionResetException("The simulated model was told to reset the connection.");
    }

    private static Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body, TimeSpan? retryAfter)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (retryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static void Write(System.IO.Pipelines.PipeWriter writer, ReadOnlySpan<byte> data)
    {
        var span = writer.GetSpan(data.Length + 8);
        "data: "u8.CopyTo(span);
        data.CopyTo(span[6..]);
        "\n\n"u8.CopyTo(span[(6 + data.Length)..]);
        writer.Advance(data.Length + 8);
    }
}

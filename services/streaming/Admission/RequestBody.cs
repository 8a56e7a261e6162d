using System.Buffers;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Streaming.Admission;

/// <summary>
/// A request's body in memory, and its place among the active responses. Both are counted against the process's bounds
/// until it is disposed: by the request, or by the response that it was handed over to, which is generated from it.
/// </summary>
internal sealed class RequestBody(ActiveResponses responses, long maxBytes) : IDisposable
{
    private const int UnknownLengthStep = 64 << 10;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private bool _hasPlace = true;

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>Its memory, and what else is needed to generate the response.</summary>
    public HeldBytes Held { get; } = new(responses);

    /// <summary>The response disposes it.</summary>
    public bool IsHandedOver { get; private set; }

    public static OpenAiErrorResult Full() => OpenAiErrorResult.Unavailable(
        "Too many large requests are running; try again shortly.", TimeSpan.FromSeconds(1), "at_capacity");

    public void Dispose()
    {
        Held.Dispose();
        LeavePlace();
    }

    /// <summary>Gives back the place before the memory: its request only reads what another one generates.</summary>
    public void LeavePlace()
    {
        if (_hasPlace)
        {
            _hasPlace = false;
            responses.Leave();
        }
    }

    public IDisposable HandOver()
    {
        IsHandedOver = true;
        return this;
    }

    /// <summary>Reads the body; a refusal when it is larger than allowed or memory is short.</summary>
    public async ValueTask<OpenAiErrorResult?> ReadAsync(HttpContext context)
    {
        var announced = context.Request.ContentLength;
        if (announced > maxBytes)
        {
            return TooLarge();
        }

        if (announced > 0)
        {
            if (!Held.TryTake(announced.Value))
            {
                return Full();
            }

            _bytes.GetSpan((int)announced.Value);
        }

        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (_bytes.WrittenCount + read.Buffer.Length > maxBytes)
            {
                return TooLarge();
            }

            while (Held.Count < _bytes.WrittenCount + read.Buffer.Length)
            {
                if (!Held.TryTake(UnknownLengthStep))
                {
                    return Full();
                }
            }

            foreach (var segment in read.Buffer)
            {
                _bytes.Write(segment.Span);
            }

            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>Copies a message that is the body; a refusal when memory is short.</summary>
    public OpenAiErrorResult? Take(ReadOnlyMemory<byte> message)
    {
        if (!Held.TryTake(message.Length))
        {
            return Full();
        }

        _bytes.Write(message.Span);
        return null;
    }

    private OpenAiErrorResult TooLarge() =>
        OpenAiErrorResult.TooLarge($"The request body is larger than {maxBytes} bytes.", code: "request_too_large");
}

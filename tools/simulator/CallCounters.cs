using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Sluice.Inference.Chat;
using Sluice.Inference.Simulated;

namespace Sluice.Simulator;

/// <summary>
/// What <c>GET /stats</c> shows. Thread-safe. Calls are counted per message for the first 500,000 messages (about 60
/// MB);
/// those of further messages are counted together as <c>other_calls</c>.
/// </summary>
internal sealed class CallCounters
{
    private const int MaxMessages = 500_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128Pair, int> _perMessage = [];
    private long _calls;
    private long _other;
    private long _active;
    private long _aborted;

    public void Begin(ChatRequest request)
    {
        var content = request.LastUserContent.Span;
        var rented = ArrayPool<byte>.Shared.Rent(content.Length + 1);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(SimulatedMessage.Decode(content, rented), hash);
        ArrayPool<byte>.Shared.Return(rented);
        var key = UInt128Pair.Read(hash);
        lock (_lock)
        {
            _calls++;
            _active++;
            if (_perMessage.TryGetValue(key, out var calls) || _perMessage.Count < MaxMessages)
            {
                _perMessage[key] = calls + 1;
            }
            else
            {
                _other++;
            }
        }
    }

    public void Aborted() => Interlocked.Increment(ref _aborted);

    public void End()
    {
        lock (_lock)
        {
            _active--;
        }
    }

    public byte[] ToJson()
    {
        var body = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(body);
        lock (_lock)
        {
            writer.WriteStartObject();
            writer.WriteNumber("calls"u8, _calls);
            writer.WriteNumber("active"u8, _active);
            writer.WriteNumber("aborted"u8, Interlocked.Read(ref _aborted));
            writer.WriteNumber("other_calls"u8, _other);
            writer.WriteStartObject("calls_per_prompt"u8);
            foreach (var (key, calls) in _perMessage)
            {
                writer.WriteNumber(key.ToString(), calls);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.Flush();
        return body.WrittenSpan.ToArray();
    }
}

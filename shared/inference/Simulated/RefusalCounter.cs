using System.Buffers.Binary;

namespace Sluice.Inference.Simulated;

/// <summary>
/// Counts the calls per message for <c>status=… times=K</c>. Thread-safe; keeps the last 262,144 messages (about
/// 15 MB), the oldest is forgotten first and would be refused again.
/// </summary>
internal sealed class RefusalCounter(int capacity = 1 << 18)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, int> _calls = [];
    private readonly Queue<UInt128> _order = new();

    /// <summary>Counts a call; true for the first <paramref name="times"/> calls with the message.</summary>
    public bool Refuses(ReadOnlySpan<byte> hash, int times)
    {
        var key = BinaryPrimitives.ReadUInt128LittleEndian(hash);
        lock (_lock)
        {
            var known = _calls.TryGetValue(key, out var calls);
            if (calls >= times)
            {
                return false;
            }

            if (!known)
            {
                if (_order.Count == capacity)
                {
                    _calls.Remove(_order.Dequeue());
                }

                _order.Enqueue(key);
            }

            _calls[key] = calls + 1;
            return true;
        }
    }
}

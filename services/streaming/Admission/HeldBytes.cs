namespace Sluice.Streaming.Admission;

/// <summary>
/// Memory of one request or response, counted against <c>Streaming:MaxBufferedRequestBytes</c> until it is disposed.
/// For one caller at a time.
/// </summary>
internal sealed class HeldBytes(ActiveResponses responses) : IDisposable
{
    private long _taken;

    public long Count => _taken;

    public void Dispose() => Return(_taken);

    /// <summary>False, with nothing taken, where all together would have more than the bound.</summary>
    public bool TryTake(long bytes)
    {
        if (!responses.TryTakeBytes(bytes))
        {
            return false;
        }

        _taken += bytes;
        return true;
    }

    /// <summary>Takes what is there already, also beyond the bound.</summary>
    public void Take(long bytes)
    {
        responses.TakeBytes(bytes);
        _taken += bytes;
    }

    public void Return(long bytes)
    {
        responses.ReturnBytes(bytes);
        _taken -= bytes;
    }
}

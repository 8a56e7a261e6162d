namespace Sluice.BatchWorker.Flow;

/// <summary>What a call says about its provider.</summary>
internal enum CallSignal
{
    /// <summary>It answered.</summary>
    Success,

    /// <summary>It refused this request, or answered with garbage: it lives, and says nothing of its load.</summary>
    Alive,

    /// <summary>Too many requests for now.</summary>
    Limited,

    /// <summary>A 5xx other than 500, a time-out, a broken or no connection.</summary>
    Outage,

    /// <summary>It answered 500: its own fault, or that of what it was asked.</summary>
    Error,

    /// <summary>Its circuit is open; nothing was sent.</summary>
    Down,

    /// <summary>Paid or granted usage is used up: not a matter of seconds.</summary>
    Quota,

    /// <summary>Nothing: this process had no connection free, or the call was cancelled.</summary>
    None,
}

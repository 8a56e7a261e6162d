namespace Sluice.Scheduler.Webhooks;

/// <summary>How far a delivery is, as stored.</summary>
internal enum DeliveryState : short
{
    /// <summary>An attempt is to come.</summary>
    Pending = 0,

    /// <summary>The receiver answered 2xx.</summary>
    Delivered = 1,

    /// <summary>No further attempt is made.</summary>
    Failed = 2,
}

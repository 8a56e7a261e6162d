namespace Sluice.Scheduler.Webhooks;

/// <summary>What came of an attempt.</summary>
/// <param name="Status">The receiver's status; null when it gave none.</param>
/// <param name="Error">Why it is none that counts; null for 2xx.</param>
internal sealed record WebhookAnswer(int? Status, string? Error)
{
    /// <summary>The receiver says that it will never take any.</summary>
    public bool IsGone => Status == StatusCodes.Status410Gone;
}

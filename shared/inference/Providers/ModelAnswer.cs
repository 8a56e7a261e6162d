namespace Sluice.Inference.Providers;

/// <summary>
/// The outcome of a whole-answer call: either the provider answered (<see cref="Status"/> and <see cref="Body"/>, also
/// for a refusal), or it did not (<see cref="Failure"/>).
/// </summary>
public sealed record ModelAnswer
{
    /// <summary>The provider's HTTP status; 0 when it did not answer.</summary>
    public int Status { get; init; }

    /// <summary>UTF-8; of a success the checked answer, JSON; otherwise whatever the provider sent.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The provider's <c>Retry-After</c>, when it sent one.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Why there is no answer; null when there is one.</summary>
    public ModelFailure? Failure { get; init; }

    public bool IsSuccess => Failure is null && Status is >= 200 and < 300;

    /// <summary>A refusal or a failure in one form; null for a success.</summary>
    public ModelFailure? AsFailure() => IsSuccess ? null : Failure ?? ModelFailure.Refused(Status, Body, RetryAfter);
}

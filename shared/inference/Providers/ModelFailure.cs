using System.Globalization;

namespace Sluice.Inference.Providers;

/// <summary>A failed call to a provider.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Message">A sentence for the caller: no provider name, address or key.</param>
public sealed record ModelFailure(ModelFailureKind Kind, string Message)
{
    /// <summary>No place among the open calls came free.</summary>
    public static ModelFailure Full { get; } =
        new(ModelFailureKind.Full, "All connections to the model are in use; try again shortly.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    /// <summary>The provider's status, for <see cref="ModelFailureKind.Refused"/>; else 0.</summary>
    public int Status { get; init; }

    /// <summary>The provider's body, for <see cref="ModelFailureKind.Refused"/>; else empty.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>How long the provider asked to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Stable code for a line of a batch; null for that of the kind.</summary>
    public string? Code { get; init; }

    /// <summary>Another attempt would end the same way.</summary>
    public bool IsFinal { get; init; }

    /// <summary>What happened in detail, for logs and traces only.</summary>
    public string? Detail { get; init; }

    public static ModelFailure Refused(int status, ReadOnlyMemory<byte> body, TimeSpan? retryAfter) =>
        new(ModelFailureKind.Refused, $"The model provider refused the request with status {status}.")
        {
            Status = status,
            Body = body,
            RetryAfter = retryAfter,
        };

    /// <summary>For the tag <c>error.type</c> of metrics and traces: the status, or a word for the kind.</summary>
    public string ErrorType() => Kind switch
    {
        ModelFailureKind.Refused => Status.ToString(CultureInfo.InvariantCulture),
        ModelFailureKind.TimedOut => "timeout",
        ModelFailureKind.Unreachable => "unreachable",
        ModelFailureKind.Cut => "cut",
        ModelFailureKind.Full => "full",
        ModelFailureKind.CircuitOpen => "circuit_open",
        ModelFailureKind.Diverged => "diverged",
        _ => "garbage",
    };
}

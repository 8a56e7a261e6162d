using Sluice.BatchStore.DeadLetters;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>Which dead letters are meant; what is null does not matter.</summary>
internal sealed record LetterFilter
{
    /// <summary>Text that occurs in cause, custom id, type, queue, trace id, or a message's body.</summary>
    public string? Search { get; init; }

    public Guid? Batch { get; init; }

    public string? Tenant { get; init; }

    public LetterKind? Kind { get; init; }

    /// <summary>Part of a message's type, as <c>ValidateBatch</c>.</summary>
    public string? MessageType { get; init; }

    /// <summary>Code of the cause: of a line, or the exception's type of a message.</summary>
    public string? Code { get; init; }

    public string? Queue { get; init; }

    /// <summary>Earliest time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>First time that is too late.</summary>
    public DateTimeOffset? To { get; init; }

    public LetterState? State { get; init; }

    /// <summary>These and no others.</summary>
    public IReadOnlyList<Guid>? Ids { get; init; }
}

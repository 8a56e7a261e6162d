namespace Sluice.Scheduler.Diagnosis;

/// <summary>Why a batch is where it is, as the API shows it.</summary>
internal sealed record DiagnosisView
{
    public string Object { get; } = "batch.diagnosis";

    public required string BatchId { get; init; }

    public required string Status { get; init; }

    /// <summary>When the tables were read, Unix seconds.</summary>
    public required long LookedAt { get; init; }

    /// <summary>At least one; what matters most comes first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }
}

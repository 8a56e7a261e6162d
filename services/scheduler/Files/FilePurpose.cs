using System.Collections.Frozen;

namespace Sluice.Scheduler.Files;

/// <summary>What a file is for, as the OpenAI surface names it.</summary>
internal static class FilePurpose
{
    /// <summary>Input of a batch.</summary>
    public const string Batch = "batch";

    /// <summary>Output or error file of a batch; cannot be uploaded.</summary>
    public const string BatchOutput = "batch_output";

    /// <summary>The tasks of a job; cannot be uploaded.</summary>
    public const string Tasks = "tasks";

    /// <summary>What an upload may say.</summary>
    public static readonly FrozenSet<string> Uploads =
        FrozenSet.Create(StringComparer.Ordinal, Batch, "assistants", "vision", "user_data", "fine-tune", "evals");

    /// <summary>What a file of any origin may say.</summary>
    public static readonly FrozenSet<string> All =
        Uploads.Append(BatchOutput).Append(Tasks).ToFrozenSet(StringComparer.Ordinal);

    public static string Known { get; } = string.Join(", ", Uploads.Order(StringComparer.Ordinal));
}

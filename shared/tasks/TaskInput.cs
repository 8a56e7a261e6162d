using System.Globalization;

namespace Sluice.Tasks;

/// <summary>One task to run.</summary>
/// <param name="BatchId">The batch that it belongs to.</param>
/// <param name="Line">Its 1-based line there.</param>
/// <param name="Data">Any JSON value, UTF-8; stays unchanged until the call has ended.</param>
public readonly record struct TaskInput(Guid BatchId, long Line, ReadOnlyMemory<byte> Data)
{
    /// <summary>
    /// An answer 500 is taken for the task's own: it says nothing of the provider to others, and opens no circuit.
    /// </summary>
    public bool OwnsErrors { get; init; }

    /// <summary>The same task has the same id, however often it runs.</summary>
    /// <param name="prefix">Names the kind of id.</param>
    public string Id(string prefix) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{BatchId:N}{Line:x8}");
}

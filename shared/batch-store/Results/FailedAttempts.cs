namespace Sluice.BatchStore.Results;

/// <summary>The failed attempts at a line, in order; the causes of the last 20 are kept. Not thread-safe.</summary>
public sealed class FailedAttempts
{
    private const int MaxCauses = 20;

    private readonly List<string> _causes = [];

    public int Count { get; private set; }

    /// <summary>
    /// A word each: the provider's status (<c>503</c>), or <c>timeout</c>, <c>unreachable</c>, <c>cut</c>.
    /// </summary>
    public IReadOnlyList<string> Causes => _causes;

    public void Add(string cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        Count++;
        if (_causes.Count == MaxCauses)
        {
            _causes.RemoveAt(0);
        }

        _causes.Add(cause);
    }
}

namespace Sluice.ServiceDefaults.Metrics;

/// <summary>
/// Compares tags as sets and finds a <see cref="LabelSet"/> by the tags of a measurement, without an allocation.
/// Stateless.
/// </summary>
internal sealed class LabelSetComparer
    : IEqualityComparer<LabelSet>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, LabelSet>
{
    public static readonly LabelSetComparer Instance = new();

    public bool Equals(LabelSet? x, LabelSet? y) => x is not null && y is not null && Equals(x.Tags, y);

    public int GetHashCode(LabelSet obj) => GetHashCode(obj.Tags);

    public LabelSet Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate.ToArray());

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, LabelSet other)
    {
        if (alternate.Length != other.Tags.Length)
        {
            return false;
        }

        for (var i = 0; i < alternate.Length; i++)
        {
            if (!Same(alternate[i], other.Tags[i]) && !Contains(other.Tags, alternate[i]))
            {
                return false;
            }
        }

        return true;
    }

    // A sum, so that the order of the tags does not matter.
    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var hash = alternate.Length;
        foreach (var tag in alternate)
        {
            hash += HashCode.Combine(tag.Key, tag.Value);
        }

        return hash;
    }

    private static bool Contains(KeyValuePair<string, object?>[] tags, KeyValuePair<string, object?> wanted) =>
        Array.Exists(tags, tag => Same(tag, wanted));

    private static bool Same(KeyValuePair<string, object?> x, KeyValuePair<string, object?> y) =>
        x.Key == y.Key && Equals(x.Value, y.Value);
}

namespace Sluice.ServiceDefaults.Metrics;

/// <summary>The tags of one series, in the order of their first measurement. Compared as a set.</summary>
internal sealed record LabelSet(KeyValuePair<string, object?>[] Tags);

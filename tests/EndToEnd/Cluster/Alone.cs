using Xunit;

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>Tests that kill servers or measure: they run one by one, after the others.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

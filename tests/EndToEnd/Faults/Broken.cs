using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>Tests that share one <see cref="FaultCluster"/>; they run one by one, after the others.</summary>
[CollectionDefinition(nameof(Broken), DisableParallelization = true)]
public sealed class Broken : ICollectionFixture<FaultCluster>;

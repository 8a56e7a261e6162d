using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>Tests that share one <see cref="StreamCluster"/>; they run one by one, after the others.</summary>
[CollectionDefinition(nameof(StreamFaults), DisableParallelization = true)]
public sealed class StreamFaults : ICollectionFixture<StreamCluster>;

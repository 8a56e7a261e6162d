using Xunit;

namespace Sluice.Tests.Integration.DeadLetters;

/// <summary>One running Sluice for all tests of dead letters; each makes its own batches and messages.</summary>
[CollectionDefinition(nameof(DeadLetterTests))]
public sealed class DeadLetterTests : ICollectionFixture<DeadLetterFixture>;

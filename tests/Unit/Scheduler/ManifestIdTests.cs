using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.Scheduler.Batches.Finalization;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class ManifestIdTests
{
    [Fact]
    public void The_id_is_a_function_of_batch_and_kind()
    {
        var (batch, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        var output = ManifestId.For(batch, ResultKind.Output);

        output.ShouldBe(ManifestId.For(batch, ResultKind.Output));
        output.ShouldNotBe(ManifestId.For(batch, ResultKind.Error));
        output.ShouldNotBe(ManifestId.For(other, ResultKind.Output));
        output.Version.ShouldBe(8);
    }
}

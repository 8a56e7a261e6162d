using Shouldly;
using Sluice.Scheduler.Batches.Validation;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class CustomIdsTests
{
    [Fact]
    public void Each_of_many_ids_is_known_with_its_line_and_no_other_is()
    {
        const int Count = 200_000;
        var ids = new CustomIds();

        Enumerable.Range(1, Count).Count(n => ids.TryAdd(Hash(n), n, out _)).ShouldBe(Count);

        Enumerable.Range(1, Count).Where(n => ids.TryAdd(Hash(n), Count + n, out var line) || line != n)
            .ShouldBeEmpty();
        ids.TryAdd(Hash(Count + 1), Count + 1, out var earlier).ShouldBeTrue();
        earlier.ShouldBe(0);
    }

    private static UInt128 Hash(int number) => CustomIds.Hash(BitConverter.GetBytes(number));
}

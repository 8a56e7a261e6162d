using Shouldly;
using Sluice.LocalCluster.Processes;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

public sealed class PortPoolTests
{
    private readonly int _free = FreePorts.Next();

    [Fact]
    public void A_port_is_given_once()
    {
        var pool = new PortPool(_free, _free + 1);

        pool.Next().ShouldBe(_free);
        Should.Throw<InvalidOperationException>(() => pool.Next()).Message.ShouldContain($"{_free}");
    }

    [Fact]
    public void A_port_that_is_reserved_is_not_given()
    {
        var pool = new PortPool(_free, _free + 1);

        pool.Reserve(_free);

        Should.Throw<InvalidOperationException>(() => pool.Next());
        PortPool.IsFree(_free).ShouldBeTrue("it is kept for whoever will listen on it");
    }
}

using Shouldly;
using Sluice.Streaming.FanOut;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class AdvertisedAddressTests
{
    [Theory]
    [InlineData("http://peer:1", "http://0.0.0.0:8082", "http://peer:1")]
    [InlineData(null, "http://127.0.0.1:8082", "http://127.0.0.1:8082")]
    [InlineData("", "http://10.1.2.3:8082", "http://10.1.2.3:8082")]
    [InlineData(null, "http://127.0.0.1:0", "")]
    public void It_is_what_is_configured_else_the_listener_s(string? advertised, string listener, string address) =>
        AdvertisedAddress.Of(advertised, listener).ShouldBe(address);

    [Theory]
    [InlineData("http://0.0.0.0:8082")]
    [InlineData("http://[::]:8082")]
    [InlineData("http://*:8082")]
    public void One_that_listens_everywhere_has_an_address_of_its_own(string listener)
    {
        var address = new Uri(AdvertisedAddress.Of(null, listener));

        address.Port.ShouldBe(8082);
        address.Host.ShouldNotBeOneOf("0.0.0.0", "[::]", "*", "");
    }
}

using System.Net;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Scheduler.Webhooks;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class WebhookAddressesTests
{
    private static readonly WebhookAddresses Public = new(Options.Create(new WebhookOptions()));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("100.128.0.1")]
    [InlineData("192.0.1.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("64:ff9b::101:101")]
    [InlineData("2002:101:101::1")]
    [InlineData("::ffff:1.1.1.1")]
    public void Public_addresses_may_be_reached(string address) =>
        Public.Allows(IPAddress.Parse(address)).ShouldBeTrue();

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.255.255")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("fe80::1%1")]
    [InlineData("fc00::1")]
    [InlineData("fdff::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void All_others_may_not(string address) => Public.Allows(IPAddress.Parse(address)).ShouldBeFalse();

    [Fact]
    public void A_network_may_be_allowed()
    {
        var addresses = new WebhookAddresses(
            Options.Create(new WebhookOptions { AllowedNetworks = ["10.1.0.0/16", "fd00::/8"] }));

        addresses.Allows(IPAddress.Parse("10.1.2.3")).ShouldBeTrue();
        addresses.Allows(IPAddress.Parse("::ffff:10.1.2.3")).ShouldBeTrue();
        addresses.Allows(IPAddress.Parse("fd00::1")).ShouldBeTrue();
        addresses.Allows(IPAddress.Parse("10.2.0.1")).ShouldBeFalse();
        addresses.Allows(IPAddress.Parse("127.0.0.1")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("10.0.0.0/a")]
    [InlineData("all")]
    [InlineData("10.0.0.0/33")]
    [InlineData("")]
    public void What_is_no_network_is_refused_at_start(string network)
    {
        var result = new WebhookOptionsValidator().Validate(null, new() { AllowedNetworks = [network] });

        result.Failed.ShouldBeTrue();
        result.FailureMessage.ShouldContain("Webhooks:AllowedNetworks:0");
    }
}

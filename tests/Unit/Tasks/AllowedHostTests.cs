using Shouldly;
using Sluice.Tasks.Http;
using Xunit;

namespace Sluice.Tests.Unit.Tasks;

public sealed class AllowedHostTests
{
    [Theory]
    [InlineData("a.example.org", "https://a.example.org/x", true)]
    [InlineData("a.example.org", "http://A.Example.org/", true)]
    [InlineData("a.example.org", "https://a.example.org:8443/", false)]
    [InlineData("a.example.org", "https://b.a.example.org/", false)]
    [InlineData("a.example.org", "https://a.example.org.evil.org/", false)]
    [InlineData("a.example.org:8443", "https://a.example.org:8443/", true)]
    [InlineData("a.example.org:8443", "https://a.example.org/", false)]
    [InlineData("a.example.org:80", "http://a.example.org/", true)]
    [InlineData("a.example.org:80", "https://a.example.org/", false)]
    [InlineData("*.example.org", "https://a.example.org/", true)]
    [InlineData("*.example.org", "https://a.b.example.org/", true)]
    [InlineData("*.example.org", "https://example.org/", false)]
    [InlineData("*.example.org", "https://evilexample.org/", false)]
    [InlineData("127.0.0.1:9000", "http://127.0.0.1:9000/", true)]
    [InlineData("127.0.0.1:9000", "http://2130706433:9000/", true)]
    [InlineData("[::1]:9000", "http://[::1]:9000/", true)]
    [InlineData("bücher.example", "https://xn--bcher-kva.example/", true)]
    public void An_entry_allows_the_host_that_it_names(string entry, string url, bool allows)
    {
        AllowedHost.Parse(entry).ShouldNotBeNull().Allows(new Uri(url)).ShouldBe(allows);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("https://a.example.org")]
    [InlineData("a.example.org/path")]
    [InlineData("user@a.example.org")]
    [InlineData("a.example.org:port")]
    [InlineData("*.127.0.0.1")]
    public void What_is_no_host_is_refused_at_start(string entry)
    {
        AllowedHost.Parse(entry).ShouldBeNull();
    }
}

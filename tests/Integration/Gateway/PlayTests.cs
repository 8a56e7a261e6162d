using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class PlayTests
{
    private static readonly string[] s_paths = ["/play", "/play/play.js", "/play/play.css"];

    [Fact]
    public async Task Development_serves_the_page_with_its_key_and_a_policy_that_allows_nothing_inline()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var stranger = gateway.NewClient(null);

        foreach (var path in s_paths)
        {
            using var response = await stranger.GetAsync(path);
            response.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldStartWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';");
            policy.ShouldNotContain("unsafe");
        }

        var page = await stranger.GetStringAsync("/play");
        page.ShouldContain("value=\"sk-dev\"");
        Regex.IsMatch(page, "<script(?![^>]* src=)|<style| style=| on[a-z]+=|https?:").ShouldBeFalse(page);
    }

    [Fact]
    public async Task Development_with_keys_of_its_own_hands_out_none()
    {
        await using var gateway = await TestGateway.StartAsync(Keys());

        var page = await gateway.Client.GetStringAsync("/play");

        page.ShouldContain("value=\"\"");
        page.ShouldNotContain("sk-dev");
    }

    [Fact]
    public async Task Elsewhere_the_page_does_not_exist()
    {
        await using var gateway = await TestGateway.StartAsync(
            ["--environment=Production", "--Internal:Secret=0123456789abcdef", .. Keys()]);

        foreach (var path in s_paths)
        {
            await Refusal.ReadAsync(await gateway.Client.GetAsync(path), HttpStatusCode.NotFound);
        }
    }

    private static string[] Keys() =>
    [
        $"--Identity:Keys:0:Sha256={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("sk-own")))}",
        "--Identity:Keys:0:Tenant=own",
        "--Identity:Keys:0:Rights:0=inference",
    ];
}

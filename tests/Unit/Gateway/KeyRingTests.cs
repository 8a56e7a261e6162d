using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Gateway.Identity;
using Xunit;

namespace Sluice.Tests.Unit.Gateway;

public sealed class KeyRingTests
{
    private readonly KeyRing _keys = new(Options.Create(new IdentityOptions
    {
        Keys = new()
        {
            ["first"] = Key("sk-first", "a", "inference"),
            ["middle"] = Key("sk-ключ", "b", "batches", "operator"),
            ["last"] = Key("sk-last", "a", "inference", "batches"),
        },
    }));

    [Theory]
    [InlineData("sk-first", "a", 1)]
    [InlineData("sk-ключ", "b", 6)]
    [InlineData("sk-last", "a", 3)]
    public void Every_key_is_found_wherever_it_stands(string key, string tenant, int rights) =>
        _keys.Find(key).ShouldBe(new KeyHolder(tenant, (Rights)rights));

    [Theory]
    [InlineData("")]
    [InlineData("sk-firs")]
    [InlineData("sk-first ")]
    [InlineData("SK-FIRST")]
    [InlineData("\ud800")]
    public void Nothing_but_the_whole_key_is_found(string key) => _keys.Find(key).ShouldBeNull();

    [Fact]
    public void A_key_of_the_longest_length_is_hashed_and_a_longer_one_is_not()
    {
        var longest = new string('ж', 512);
        var keys = new KeyRing(Options.Create(new IdentityOptions
        {
            Keys = new() { ["0"] = Key(longest, "t", "operator") },
        }));

        keys.Find(longest).ShouldNotBeNull();
        keys.Find(longest + "ж").ShouldBeNull();
    }

    [Fact]
    public void Tenants_are_listed_once() => _keys.Tenants.ShouldBe(["a", "b"], ignoreOrder: true);

    private static KeyOptions Key(string key, string tenant, params string[] rights) => new()
    {
        Sha256 = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key))),
        Tenant = tenant,
        Rights = rights,
    };
}

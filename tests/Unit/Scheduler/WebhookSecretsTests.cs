using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Scheduler.Webhooks;
using Sluice.ServiceDefaults.Internal;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class WebhookSecretsTests
{
    private static readonly Guid Webhook = Guid.NewGuid();
    private static readonly byte[] Secret = WebhookSecret.Create();

    [Fact]
    public void A_secret_is_stored_encrypted_and_never_twice_alike()
    {
        var secrets = Secrets();

        var box = secrets.Seal(Webhook, Secret);

        secrets.Open(Webhook, box).ShouldBe(Secret);
        box.AsSpan().IndexOf(Secret).ShouldBe(-1);
        box.ShouldNotBe(secrets.Seal(Webhook, Secret));
    }

    [Fact]
    public void It_opens_for_its_webhook_only_and_not_when_it_was_changed()
    {
        var secrets = Secrets();
        var box = secrets.Seal(Webhook, Secret);

        secrets.Open(Guid.NewGuid(), box).ShouldBeNull();
        box[^1] ^= 1;
        secrets.Open(Webhook, box).ShouldBeNull();
        secrets.Open(Webhook, []).ShouldBeNull();
    }

    [Fact]
    public void Keys_can_be_changed_as_long_as_the_old_one_is_kept()
    {
        var (first, second) = (Key(), Key());
        var derived = Secrets().Seal(Webhook, Secret);
        var old = Secrets(first).Seal(Webhook, Secret);

        Secrets(second, first).Open(Webhook, old).ShouldBe(Secret);
        Secrets(second).Open(Webhook, old).ShouldBeNull();
        Secrets(second).Open(Webhook, derived).ShouldBe(Secret);
        Secrets(second).Open(Webhook, Secrets(second, first).Seal(Webhook, Secret)).ShouldBe(Secret);
    }

    [Fact]
    public void One_from_before_there_was_encryption_is_taken_as_it_is() =>
        Secrets().Open(Webhook, Secret).ShouldBe(Secret);

    [Theory]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64")]
    public void What_is_no_key_is_refused(string key) =>
        new WebhookOptionsValidator().Validate(null, new() { SecretKeys = [key] }).FailureMessage!
            .ShouldContain("Webhooks:SecretKeys:0");

    private static string Key() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(WebhookSecrets.KeyBytes));

    private static WebhookSecrets Secrets(params string[] keys) => new(
        Options.Create(new WebhookOptions { SecretKeys = keys }),
        Options.Create(new InternalOptions { Secret = "a secret of the test" }));
}

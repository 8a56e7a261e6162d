using System.Text;
using Shouldly;
using Sluice.Scheduler.Webhooks;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class WebhookSecretTests
{
    /// <summary>The vector that implementations of Standard Webhooks share.</summary>
    [Fact]
    public void A_signature_is_that_of_the_specification()
    {
        var signature = WebhookSecret.Sign(
            Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            DateTimeOffset.FromUnixTimeSeconds(1_614_265_330),
            Encoding.UTF8.GetBytes("{\"test\": 2432232314}"));

        signature.ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    [Fact]
    public void A_secret_is_shown_as_the_clients_take_it()
    {
        var secret = WebhookSecret.Create();

        WebhookSecret.Show(secret).ShouldBe("whsec_" + Convert.ToBase64String(secret));
        secret.Length.ShouldBe(32);
        WebhookSecret.Create().ShouldNotBe(secret);
    }
}

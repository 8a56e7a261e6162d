using Shouldly;
using Sluice.ServiceDefaults.Options;
using Xunit;

namespace Sluice.Tests.Unit.ServiceDefaults;

public sealed class OptionsTextTests
{
    [Fact]
    public void Values_are_written_in_full_and_secrets_are_not()
    {
        var text = OptionsText.Of(new Sample
        {
            Url = "amqp://user:hunter2@host:1/v",
            Secret = "hunter2",
            ProviderApiKey = "hunter2",
            Marked = "hunter2",
            Items = ["a", "b"],
            Map = new() { ["x"] = new() { Password = "hunter2", Wait = TimeSpan.FromSeconds(90) } },
        });

        text.ShouldBe(
            "Url=amqp://***@host:1/v Secret=*** ProviderApiKey=*** Marked=*** EmptySecret= On=true Ratio=0.5 "
            + "Items:0=a Items:1=b Map:x:Password=*** Map:x:Wait=00:01:30");
    }

    private sealed class Sample
    {
        public string Url { get; init; } = "";

        public string Secret { get; init; } = "";

        public string ProviderApiKey { get; init; } = "";

        [Masked]
        public string Marked { get; init; } = "";

        public string EmptySecret { get; init; } = "";

        public bool On { get; init; } = true;

        public double Ratio { get; init; } = 0.5;

        public IReadOnlyList<string> Items { get; init; } = [];

        public Dictionary<string, Inner> Map { get; init; } = [];
    }

    private sealed class Inner
    {
        public string Password { get; init; } = "";

        public TimeSpan Wait { get; init; }
    }
}

using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Cluster;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>
/// Responses whose provider can go on with an answer outlive the process that generates them, and their readers cannot
/// tell: one text, each event once.
/// </summary>
[Collection(nameof(StreamFaults))]
public sealed class TakeoverTests(StreamCluster cluster)
{
    private const string Prompt = "@sim count tokens=5 delay_ms=5";

    public static TheoryData<string> Models => [UpstreamSimulator.ReplayModel, UpstreamSimulator.PrefixModel];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_process_asked_to_stop_hands_its_responses_over_and_serves_their_readers_to_the_end(string model)
    {
        const int tokens = 500;
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            using var client = await cluster.StartAsync(gateway: round, tokens, delayMs: 5, model);
            (await client.ReadAsync(events: 20)).ShouldBe(StreamEnd.Reached);
            var owner = await cluster.OwnerAsync(client.Id);
            var pid = owner.Process.Pid;
            using var over = new CancellationTokenSource();
            var load = Enumerable.Range(0, 6).Select(n => LoadAsync(n, model, over.Token)).ToList();

            try
            {
                owner.Process.Send(Signal.Terminate).ShouldBeTrue();
                await Eventually.Until(
                    "another process goes on",
                    async () => await cluster.FindOwnerAsync(client.Id) is { } now && now != owner);

                // The connection to the old process is never broken: it reads on where the new one writes.
                (await client.ReadAsync()).ShouldBe(StreamEnd.Closed);
                client.ShouldBeWhole(tokens);
                await Eventually.Until("the old one has ended", () => owner.Process.Pid is { } other && other != pid);
                await owner.WaitUntilReadyAsync();
            }
            finally
            {
                await over.CancelAsync();
                // Not what became of it: an assertion that has failed comes first.
                await Task.WhenAny(Task.WhenAll(load));
            }

            // Each of them went through at the first attempt.
            (await Task.WhenAll(load)).ShouldAllBe(requests => requests > 10);
        }
    }

    [Fact]
    public async Task A_process_that_slept_longer_than_its_lease_does_not_disturb_the_one_that_goes_on()
    {
        const int tokens = 800;
        using var client = await cluster.StartAsync(gateway: 0, tokens, delayMs: 10, UpstreamSimulator.PrefixModel);
        (await client.ReadAsync(events: 30)).ShouldBe(StreamEnd.Reached);
        var owner = await cluster.OwnerAsync(client.Id);

        owner.Process.Send(Signal.Freeze).ShouldBeTrue();
        try
        {
            await Eventually.Until(
                "another process goes on",
                async () => await cluster.FindOwnerAsync(client.Id) is { } now && now != owner);
            await cluster.Cluster.ScalarAsync($"SELECT pg_sleep({(FaultSettings.Soak ? 6 : 0)})");
        }
        finally
        {
            owner.Process.Send(Signal.Continue);
        }

        (await client.ReadAsync()).ShouldBe(StreamEnd.Closed);
        client.ShouldBeWhole(tokens);
    }

    /// <summary>
    /// One request after the other, streamed, whole or on a socket of its own, none of them sent twice; returns how
    /// many were served.
    /// </summary>
    private async Task<int> LoadAsync(int number, string model, CancellationToken over)
    {
        var served = 0;
        for (; !over.IsCancellationRequested; served++)
        {
            var gateway = number / 3;
            switch (number % 3)
            {
                case 0:
                    using (var client = await cluster.StartAsync(gateway, tokens: 5, delayMs: 5, model))
                    {
                        (await client.ReadAsync()).ShouldBe(StreamEnd.Closed);
                        client.ShouldBeWhole(5);
                    }

                    break;
                case 1:
                    (await cluster.Api(gateway).ChatAsync(Prompt, model)).Ok();
                    break;
                default:
                    using (var socket = await GatewaySocket.OpenAsync(cluster.Api(gateway).Gateway, TestKeys.Dev))
                    {
                        await socket.CreateAsync(model, Prompt);
                        (await socket.ReadTextAsync()).ShouldBe(("0 1 2 3 4", "response.completed"));
                        await socket.CloseAsync();
                    }

                    break;
            }
        }

        return served;
    }
}

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Durability.Instances;
using Sluice.Streaming;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Responses;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>How often it is looked for responses without an owner.</summary>
public sealed class TakeoverLoopTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(10, 10_000, "00000000-0000-0000-0000-000000000000")]
    [InlineData(10_000, 10, "00000000-0000-0000-0000-000000000000")]
    [InlineData(10_000, 10, "01a226ea-5b88-7d21-b27a-ac77dab6efdd")]
    public async Task Those_handed_over_are_found_within_the_shorter_interval_and_all_with_a_renewal(
        int handoverMs, int renewalMs, string owner)
    {
        await using var streaming = await StreamingProcess.StartAsync(
            $"--ConnectionStrings:Postgres={_database.Uri}");
        var own = streaming.Get<IEnumerable<IHostedService>>().OfType<TakeoverLoop>().Single();
        await Task.Run(() => own.StopAsync(CancellationToken.None));
        var time = new ManualTime();
        var pace = new TakeoverPace(
            streaming.Get<TakeoverTable>(),
            streaming.Get<ActiveResponses>(),
            Options.Create(new StreamingOptions { HandoverInterval = TimeSpan.FromMilliseconds(handoverMs) }),
            Options.Create(new InstanceOptions { RenewEvery = TimeSpan.FromMilliseconds(renewalMs) }),
            time);
        using var loop = new TakeoverLoop(
            streaming.Get<Takeover>(),
            pace,
            streaming.Get<IInstanceWatch>(),
            streaming.Get<ActiveResponses>(),
            NullLogger<TakeoverLoop>.Instance);
        await loop.StartAsync(CancellationToken.None);
        await LeftResponses.InsertAsync(_database, new ResponseKey(Guid.CreateVersion7()), Guid.Parse(owner));

        // All of these steps together are far less than the longer interval.
        var steps = 0;
        await Eventually.Until("it was taken over", async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(++steps < 500 ? 10 : 0));
            return await _database.ScalarAsync("SELECT epoch > 0 FROM streaming.responses") is true;
        });

        await Task.Run(() => loop.StopAsync(CancellationToken.None));
    }

    [Fact]
    public async Task An_instance_without_a_place_for_those_handed_over_looks_no_more_often_than_for_all()
    {
        await using var streaming = await StreamingProcess.StartAsync(
            $"--ConnectionStrings:Postgres={_database.Uri}");
        var own = streaming.Get<IEnumerable<IHostedService>>().OfType<TakeoverLoop>().Single();
        await Task.Run(() => own.StopAsync(CancellationToken.None));
        await LeftResponses.InsertAsync(_database, new ResponseKey(Guid.CreateVersion7()), Guid.Empty);
        var active = streaming.Get<ActiveResponses>();
        var time = new ManualTime();
        var renewEvery = TimeSpan.FromMilliseconds(500);
        var pace = new TakeoverPace(
            streaming.Get<TakeoverTable>(),
            active,
            Options.Create(new StreamingOptions()),
            Options.Create(new InstanceOptions { RenewEvery = renewEvery }),
            time);

        active.Keep(1);
        (await pace.IsDueAsync(CancellationToken.None)).ShouldBeFalse();
        time.Advance(renewEvery);
        (await pace.IsDueAsync(CancellationToken.None)).ShouldBeTrue();

        active.Keep(0);
        (await pace.IsDueAsync(CancellationToken.None)).ShouldBeTrue();
    }
}

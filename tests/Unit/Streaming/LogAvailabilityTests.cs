using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;
using Sluice.Durability.Instances;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class LogAvailabilityTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData(0.9, false)]
    [InlineData(1.0, true)]
    public async Task The_database_is_away_by_what_it_has_left_unanswered_not_by_what_it_was_not_asked(
        double? unanswered, bool isAway)
    {
        var options = Options.Create(new LogOptions());
        await using var dataSource = NpgsqlDataSource.Create("Host=127.0.0.1");
        using var committer = new GroupCommitter(
            dataSource, new ResponseRegistry(), options, TimeProvider.System, NullLogger<GroupCommitter>.Instance);
        var slept = new Instance(
            SinceRenewed: TimeSpan.FromMinutes(1),
            Unanswered: unanswered is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

        new LogAvailability(committer, slept, options).IsAway.ShouldBe(isAway);
    }

    private sealed record Instance(TimeSpan? SinceRenewed, TimeSpan? Unanswered) : IInstances
    {
        public InstanceLease Current => throw new InvalidOperationException("nobody asks");

        public Task<bool> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(true);

        public Task FenceAsync(Guid id, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<bool> DrainAsync(CancellationToken cancellationToken) => Task.FromResult(false);
    }
}

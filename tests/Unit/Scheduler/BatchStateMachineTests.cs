using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using MassTransit;
using MassTransit.Saga;
using MassTransit.SagaStateMachine;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Batches;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed partial class BatchStateMachineTests
{
    private static readonly string[] States =
    [
        "Validating", "InProgress", "Finalizing", "Completed", "Failed", "Cancelling", "Cancelled", "Expiring",
        "Expired",
    ];

    private static readonly string[] Events =
        ["BatchValidated", "BatchRejected", "AllShardsDone", "CancelBatch", "ExpireBatch", "BatchFinalized"];

    private static readonly IReadOnlyList<Row> Table = ReadTable();

    [Fact]
    public void The_table_in_the_header_is_the_machine_s_graph()
    {
        var graph = new BatchStateMachine(TimeProvider.System).GetGraph();

        graph.Edges.Where(e => e.From.VertexType == typeof(State)).Select(e => (e.From.Title, e.To.Title))
            .ShouldBe(Table.Select(r => (r.State, r.Event)).Distinct(), ignoreOrder: true);
        graph.Edges.Where(e => e.To.VertexType == typeof(State)).Select(e => (e.From.Title, e.To.Title))
            .ShouldBe(Table.Select(r => (r.Event, r.Next)).Distinct(), ignoreOrder: true);
    }

    [Fact]
    public async Task Every_event_in_every_state_does_what_the_table_says()
    {
        await using var saga = await Saga.StartAsync();
        foreach (var state in States)
        {
            foreach (var message in Events)
            {
                foreach (var cancel in new[] { false, true })
                {
                    var batch = saga.Add(state, cancel);

                    await saga.SendAsync(message, batch);

                    var row = Table.SingleOrDefault(
                        r => r.State == state && r.Event == message && r.Applies(cancel));
                    var what = $"{message} in {state}, cancel {cancel}";
                    saga.StateOf(batch).ShouldBe(row?.Next ?? state, what);
                    saga.Stopped(batch).ShouldBe(row?.Next is "Cancelling" or "Finalizing" or "Expiring", what);
                    saga.Reopened(batch).ShouldBe(row?.Next is "Failed" or "Cancelled" or "Expired", what);
                }
            }
        }
    }

    [Theory]
    [InlineData(false, "Completed", "BatchValidated", "AllShardsDone", "BatchFinalized")]
    [InlineData(true, "Cancelled", "BatchValidated", "AllShardsDone", "CancelBatch", "BatchFinalized")]
    [InlineData(false, "Failed", "BatchRejected")]
    [InlineData(true, "Cancelled", "BatchRejected", "CancelBatch", "BatchFinalized")]
    [InlineData(false, "Expired", "BatchValidated", "ExpireBatch", "BatchFinalized")]
    [InlineData(true, "Cancelled", "BatchValidated", "ExpireBatch", "CancelBatch", "BatchFinalized")]
    public async Task Any_order_of_events_ends_in_the_same_state(bool cancel, string end, params string[] events)
    {
        await using var saga = await Saga.StartAsync();
        foreach (var order in Permutations(events))
        {
            var batch = saga.Add("Validating", cancel);

            foreach (var message in order)
            {
                await saga.SendAsync(message, batch);
                await saga.SendAsync(message, batch);
            }

            // What the rest of the system says again, or only then: a round that finds no open shard, the finalization.
            await saga.SendAsync("AllShardsDone", batch);
            if (saga.Stopped(batch))
            {
                await saga.SendAsync("BatchFinalized", batch);
            }

            saga.StateOf(batch).ShouldBe(end, string.Join(", ", order));
        }
    }

    [Theory]
    [InlineData("Failed", "BatchRejected", "ExpireBatch")]
    [InlineData("Expired", "ExpireBatch", "BatchRejected", "BatchFinalized")]
    [InlineData("Expired", "ExpireBatch", "CancelBatch", "BatchValidated", "BatchFinalized")]
    public async Task Of_a_deadline_and_another_end_the_first_one_counts(string end, params string[] events)
    {
        await using var saga = await Saga.StartAsync();
        var batch = saga.Add("Validating", cancel: false);

        foreach (var message in events)
        {
            await saga.SendAsync(message, batch);
        }

        saga.StateOf(batch).ShouldBe(end);
    }

    [Theory]
    [InlineData("Validating")]
    [InlineData("InProgress")]
    public async Task The_end_of_a_deadline_that_was_moved_or_removed_is_ignored(string state)
    {
        await using var saga = await Saga.StartAsync();
        var later = saga.Add(state, deadline: Saga.Deadline.AddMinutes(1));
        var none = saga.Add(state, deadline: null);
        var earlier = saga.Add("InProgress", deadline: Saga.Deadline.AddMinutes(-1));

        await saga.SendAsync("ExpireBatch", later);
        await saga.SendAsync("ExpireBatch", none);
        await saga.SendAsync("ExpireBatch", earlier);
        await saga.SendAsync("BatchValidated", later);
        await saga.SendAsync("BatchValidated", none);

        saga.StateOf(later).ShouldBe("InProgress");
        saga.StateOf(none).ShouldBe("InProgress");
        saga.StateOf(earlier).ShouldBe("Expiring");
    }

    private static IEnumerable<string[]> Permutations(string[] items) =>
        items.Length <= 1
            ? [items]
            : items.SelectMany((item, i) => Permutations([.. items[..i], .. items[(i + 1)..]])
                .Select(rest => (string[])[item, .. rest]));

    private static IReadOnlyList<Row> ReadTable()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Services.sln")))
        {
            folder = folder.Parent
                ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        var source = File.ReadAllText(
            Path.Combine(folder.FullName, "services", "scheduler", "Batches", "BatchStateMachine.cs"));
        return [.. TableRow().Matches(source)
            .Select(m => new Row(
                m.Groups["state"].Value,
                m.Groups["event"].Value,
                m.Groups["when"].Value,
                m.Groups["next"].Value))
            .Where(r => r.State != "state")];
    }

    [GeneratedRegex(
        @"^/// \| (?<state>\w+) +\| (?<event>\w+) ?(?<when>(!?cancel)?) *\| (?<next>\w+) +\|",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableRow();

    private sealed record Row(string State, string Event, string When, string Next)
    {
        public bool Applies(bool cancel) => When.Length == 0 || cancel == (When == "cancel");
    }

    /// <summary>The machine over rows in memory; work is only recorded.</summary>
    private sealed class Saga(ServiceProvider services, StoppedWork work) : IAsyncDisposable
    {
        // For all events of a test and for each; a busy machine needs more than the harness's second.
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

        public static readonly DateTimeOffset Deadline = DateTimeOffset.UnixEpoch.AddDays(20_000);

        public static async Task<Saga> StartAsync()
        {
            var work = new StoppedWork();
            var services = new ServiceCollection()
                .AddSingleton(TimeProvider.System)
                .AddSingleton<IBatchWork>(work)
                .AddMassTransitTestHarness(bus =>
                {
                    bus.DisableUsageTelemetry();
                    bus.SetTestTimeouts(Patience, Patience);
                    bus.AddSagaStateMachine<BatchStateMachine, BatchState>().InMemoryRepository();
                })
                .BuildServiceProvider(validateScopes: true);
            await services.GetRequiredService<ITestHarness>().Start();
            return new(services, work);
        }

        public Guid Add(string state, bool cancel) => Add(state, Deadline, cancel);

        public Guid Add(string state, DateTimeOffset? deadline, bool cancel = false)
        {
            var batch = Guid.NewGuid();
            services.GetRequiredService<IndexedSagaDictionary<BatchState>>().Add(new(new()
            {
                CorrelationId = batch,
                CurrentState = state,
                CancelRequestedAt = cancel ? DateTimeOffset.UnixEpoch : null,
                ExpiresAt = deadline,
                ReplayOf = Guid.NewGuid(),
            }));
            return batch;
        }

        public string StateOf(Guid batch) =>
            services.GetRequiredService<IndexedSagaDictionary<BatchState>>()[batch].Instance.CurrentState;

        public bool Stopped(Guid batch) => work.Batches.Contains(batch);

        public bool Reopened(Guid batch) => work.Reopened.Contains(batch);

        public Task SendAsync(string message, Guid batch) => message switch
        {
            "BatchValidated" => SendAsync(new BatchValidated { BatchId = batch, Lines = 2, Shards = 1 }),
            "BatchRejected" => SendAsync(new BatchRejected { BatchId = batch, Errors = 1 }),
            "AllShardsDone" => SendAsync(new AllShardsDone { BatchId = batch }),
            "CancelBatch" => SendAsync(new CancelBatch { BatchId = batch }),
            "ExpireBatch" => SendAsync(new ExpireBatch { BatchId = batch, Deadline = Deadline }),
            _ => SendAsync(new BatchFinalized { BatchId = batch, Completed = 2, Failed = 0 }),
        };

        public async ValueTask DisposeAsync() => await services.DisposeAsync();

        private async Task SendAsync<T>(T message)
            where T : class
        {
            var harness = services.GetRequiredService<ITestHarness>();
            var id = Guid.NewGuid();
            await harness.Bus.Publish(message, context => context.MessageId = id);
            (await harness.Consumed.Any<T>(x => x.Context.MessageId == id)).ShouldBeTrue();
        }
    }

    private sealed class StoppedWork : IBatchWork
    {
        public ConcurrentBag<Guid> Batches { get; } = [];

        public ConcurrentBag<Guid> Reopened { get; } = [];

        public Task StopAsync(Guid batchId, CancellationToken cancellationToken)
        {
            Batches.Add(batchId);
            return Task.CompletedTask;
        }

        public Task ReopenLettersAsync(Guid batchId, CancellationToken cancellationToken)
        {
            Reopened.Add(batchId);
            return Task.CompletedTask;
        }
    }
}

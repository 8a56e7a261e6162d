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
        ["Validating", "InProgress", "Finalizing", "Completed", "Failed", "Cancelling", "Cancelled"];

    private static readonly string[] Events =
        ["BatchValidated", "BatchRejected", "AllShardsDone", "CancelBatch", "BatchFinalized"];

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
                        r => r.State == state && r.Event == message && (r.Cancel is null || r.Cancel == cancel));
                    saga.StateOf(batch).ShouldBe(row?.Next ?? state, $"{message} in {state}, cancel {cancel}");
                    saga.Stopped(batch).ShouldBe(
                        row?.Next is "Cancelling" or "Finalizing", $"{message} in {state}, cancel {cancel}");
                }
            }
        }
    }

    [Theory]
    [InlineData(false, "Completed", "BatchValidated", "AllShardsDone", "BatchFinalized")]
    [InlineData(true, "Cancelled", "BatchValidated", "AllShardsDone", "CancelBatch", "BatchFinalized")]
    [InlineData(false, "Failed", "BatchRejected")]
    [InlineData(true, "Cancelled", "BatchRejected", "CancelBatch", "BatchFinalized")]
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
                m.Groups["when"].Value switch { "!cancel" => false, "cancel" => true, _ => null },
                m.Groups["next"].Value))
            .Where(r => r.State != "state")];
    }

    [GeneratedRegex(
        @"^/// \| (?<state>\w+) +\| (?<event>\w+) ?(?<when>!?cancel)? +\| (?<next>\w+) +\|",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableRow();

    private sealed record Row(string State, string Event, bool? Cancel, string Next);

    /// <summary>The machine over rows in memory; work is only recorded.</summary>
    private sealed class Saga(ServiceProvider services, StoppedWork work) : IAsyncDisposable
    {
        public static async Task<Saga> StartAsync()
        {
            var work = new StoppedWork();
            var services = new ServiceCollection()
                .AddSingleton(TimeProvider.System)
                .AddSingleton<IBatchWork>(work)
                .AddMassTransitTestHarness(bus =>
                {
                    bus.DisableUsageTelemetry();
                    bus.AddSagaStateMachine<BatchStateMachine, BatchState>().InMemoryRepository();
                })
                .BuildServiceProvider(validateScopes: true);
            await services.GetRequiredService<ITestHarness>().Start();
            return new(services, work);
        }

        public Guid Add(string state, bool cancel)
        {
            var batch = Guid.NewGuid();
            services.GetRequiredService<IndexedSagaDictionary<BatchState>>().Add(new(new()
            {
                CorrelationId = batch,
                CurrentState = state,
                CancelRequestedAt = cancel ? DateTimeOffset.UnixEpoch : null,
            }));
            return batch;
        }

        public string StateOf(Guid batch) =>
            services.GetRequiredService<IndexedSagaDictionary<BatchState>>()[batch].Instance.CurrentState;

        public bool Stopped(Guid batch) => work.Batches.Contains(batch);

        public Task SendAsync(string message, Guid batch) => message switch
        {
            "BatchValidated" => SendAsync(new BatchValidated { BatchId = batch, Lines = 2, Shards = 1 }),
            "BatchRejected" => SendAsync(new BatchRejected { BatchId = batch, Errors = 1 }),
            "AllShardsDone" => SendAsync(new AllShardsDone { BatchId = batch }),
            "CancelBatch" => SendAsync(new CancelBatch { BatchId = batch }),
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

        public Task StopAsync(Guid batchId, CancellationToken cancellationToken)
        {
            Batches.Add(batchId);
            return Task.CompletedTask;
        }
    }
}

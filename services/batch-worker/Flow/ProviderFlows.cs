using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Lines;
using Sluice.Inference.Options;
using Sluice.Tasks;

namespace Sluice.BatchWorker.Flow;

/// <summary>
/// The flow to each provider, or whatever else lines call, and the process's own bound of calls, which is asked for
/// after the provider's: lines that wait for a busy provider hold nothing that lines of another one need. Thread-safe.
/// </summary>
internal sealed class ProviderFlows(
    IOptions<WorkerOptions> worker,
    IOptions<FlowOptions> options,
    IOptions<InferenceOptions> inference,
    FlowMetrics metrics,
    TimeProvider time)
{
    private readonly ClassedSlots _process = new(worker.Value.MaxConcurrentLines);
    private readonly ConcurrentDictionary<string, ProviderFlow> _flows = new(StringComparer.Ordinal);

    public ProviderFlow Of(TaskCall call) =>
        _flows.TryGetValue(call.Resource, out var flow) ? flow : Create(call);

    /// <summary>Waits for a place; null when the provider is parked.</summary>
    public async ValueTask<CallPlace?> EnterAsync(
        ProviderFlow flow, string line, ShardClass shardClass, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (await flow.EnterAsync(line, shardClass, cancellationToken) is not { } place)
        {
            return null;
        }

        try
        {
            await _process.EnterAsync(shardClass, cancellationToken);
            return place;
        }
        catch (OperationCanceledException)
        {
            flow.Leave(place, CallSignal.None, null);
            throw;
        }
    }

    /// <summary>Gives a place back; true when a parked provider is back by this call.</summary>
    public bool Leave(ProviderFlow flow, CallPlace place, CallSignal signal, TimeSpan? asked)
    {
        _process.Leave();
        return flow.Leave(place, signal, asked);
    }

    /// <summary>The built-in provider needs no configuration, and has none.</summary>
    private bool HasCircuit(string name) =>
        inference.Value.Providers.TryGetValue(name, out var provider)
        && (provider.Circuit.Enabled ?? provider.Kind == ProviderKind.OpenAI);

    private ProviderFlow Create(TaskCall call)
    {
        lock (_flows)
        {
            if (_flows.TryGetValue(call.Resource, out var flow))
            {
                return flow;
            }

            var traits = new ProviderTraits(
                call.Resource, call.MaxConcurrency, call.IsSpared || call.Resource.Split('+').Any(HasCircuit));
            flow = new ProviderFlow(traits, options.Value, metrics, time);
            metrics.Watch(flow);
            return _flows[call.Resource] = flow;
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Telemetry;

/// <summary>
/// Spans and metrics of provider calls, named by the OpenTelemetry semantic conventions for generative AI. Source and
/// meter are both called <c>Sluice.Inference</c>.
/// </summary>
public sealed class InferenceTelemetry
{
    public const string SourceName = "Sluice.Inference";

    /// <summary>Operation of chat completions, by the conventions.</summary>
    internal const string Chat = "chat";

    /// <summary>Operation of embeddings, by the conventions.</summary>
    internal const string Embeddings = "embeddings";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<long> _tokens;
    private readonly Counter<long> _circuitChanges;
    private readonly Counter<long> _fallbacks;
    private readonly ConcurrentDictionary<string, Func<int>> _circuits = new(StringComparer.Ordinal);

    public InferenceTelemetry(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(SourceName);
        _duration = meter.CreateHistogram<double>(
            "gen_ai.client.operation.duration", "s", "Duration of a call to a model provider.");
        _firstToken = meter.CreateHistogram<double>(
            "gen_ai.server.time_to_first_token", "s", "From the sent request to the first content of a stream.");
        _tokens = meter.CreateHistogram<long>(
            "gen_ai.client.token.usage", "{token}", "Tokens of a call by the provider's own count.");
        _circuitChanges = meter.CreateCounter<long>(
            "sluice.provider.circuit.transitions", "{transition}", "Circuits that changed, by provider and new state.");
        _fallbacks = meter.CreateCounter<long>(
            "sluice.provider.fallbacks", "{call}", "Calls that went on to the next provider, by the failed one.");
        meter.CreateObservableGauge(
            "sluice.provider.circuit.state", Circuits, null, "0 closed, 1 half-open, 2 open, by provider.");
    }

    internal static Activity? Start(string operation, string provider, string model, string? id)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity($"{operation} {model}", ActivityKind.Client);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("gen_ai.operation.name", operation);
            activity.SetTag("gen_ai.provider.name", provider);
            activity.SetTag("gen_ai.request.model", model);
            activity.SetTag("gen_ai.response.id", id);
        }

        return activity;
    }

    internal void FirstToken(string provider, string model, TimeSpan elapsed) =>
        _firstToken.Record(elapsed.TotalSeconds, Tags(Chat, provider, model, null));

    /// <summary>What the provider counted; nothing is recorded when it told nothing.</summary>
    internal void Used(
        Activity? activity, string operation, string provider, string model, TokenUsage usage)
    {
        if (usage == default)
        {
            return;
        }

        var (input, output) = (Tags(operation, provider, model, null), Tags(operation, provider, model, null));
        input.Add("gen_ai.token.type", "input");
        output.Add("gen_ai.token.type", "output");
        _tokens.Record(usage.Input, input);
        _tokens.Record(usage.Output, output);
        activity?.SetTag("gen_ai.usage.input_tokens", usage.Input);
        activity?.SetTag("gen_ai.usage.output_tokens", usage.Output);
    }

    internal void Ended(
        Activity? activity, string operation, string provider, string model, TimeSpan elapsed, string? error)
    {
        _duration.Record(elapsed.TotalSeconds, Tags(operation, provider, model, error));
        if (activity is not null)
        {
            if (error is not null)
            {
                activity.SetTag("error.type", error);
                activity.SetStatus(ActivityStatusCode.Error);
            }

            activity.Dispose();
        }
    }

    /// <summary>Shows a provider's circuit from now on.</summary>
    /// <param name="provider">Its name.</param>
    /// <param name="state">0 closed, 1 half-open, 2 open.</param>
    internal void Watch(string provider, Func<int> state) => _circuits[provider] = state;

    internal void CircuitChanged(string provider, string state) =>
        _circuitChanges.Add(1, Provider(provider), new KeyValuePair<string, object?>("state", state));

    internal void FellBack(string provider, string error) =>
        _fallbacks.Add(1, Provider(provider), new KeyValuePair<string, object?>("error.type", error));

    private static KeyValuePair<string, object?> Provider(string name) => new("gen_ai.provider.name", name);

    private IEnumerable<Measurement<int>> Circuits() =>
        _circuits.Select(circuit => new Measurement<int>(circuit.Value(), Provider(circuit.Key)));

    private static TagList Tags(string operation, string provider, string model, string? error)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", operation },
            { "gen_ai.provider.name", provider },
            { "gen_ai.request.model", model },
        };
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        return tags;
    }
}

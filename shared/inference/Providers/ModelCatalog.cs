using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Inference.OpenAiCompatible;
using Sluice.Inference.Options;
using Sluice.Inference.Resilience;
using Sluice.Inference.Simulated;
using Sluice.Inference.Telemetry;

namespace Sluice.Inference.Providers;

/// <summary>
/// Builds the providers of the configuration, each with its circuit, limits and telemetry, and finds them by model.
/// </summary>
internal sealed class ModelCatalog : IModelCatalog, IDisposable
{
    private readonly FrozenDictionary<string, IModelProvider> _byModel;
    private readonly List<IDisposable> _owned = [];

    public ModelCatalog(
        IOptions<InferenceOptions> options,
        InferenceTelemetry telemetry,
        TimeProvider time,
        ILogger<ModelCatalog> logger)
    {
        var byModel = new Dictionary<string, List<IModelProvider>>(StringComparer.Ordinal);
        foreach (var (name, provider) in BuiltInProvider.AddTo(options.Value.Providers)
            .OrderBy(p => p.Value.Priority).ThenBy(p => p.Key, StringComparer.OrdinalIgnoreCase))
        {
            var backend = Create(name, provider, time);
            if (provider.Circuit.Enabled ?? provider.Kind == ProviderKind.OpenAI)
            {
                backend = new CircuitBackend(backend, new(name, provider.Circuit, telemetry, time, logger));
            }

            var instance = new InstrumentedProvider(backend, provider, telemetry, logger);
            _owned.Add(instance);
            foreach (var model in provider.Models)
            {
                if (!byModel.TryGetValue(model, out var providers))
                {
                    byModel.Add(model, providers = []);
                }

                providers.Add(instance);
            }
        }

        _byModel = byModel.ToFrozenDictionary(m => m.Key, m => OneOf(m.Value, telemetry), StringComparer.Ordinal);
        Models =
        [
            .. byModel.OrderBy(m => m.Key, StringComparer.Ordinal)
                .Select(m => new ModelInfo(m.Key, m.Value[0].Name, _byModel[m.Key].Continuation)),
        ];
    }

    public IReadOnlyList<ModelInfo> Models { get; }

    public bool TryResolve(string model, [NotNullWhen(true)] out IModelProvider? provider) =>
        _byModel.TryGetValue(model, out provider);

    public void Dispose() => _owned.ForEach(o => o.Dispose());

    private static IModelProvider OneOf(List<IModelProvider> providers, InferenceTelemetry telemetry) =>
        providers.Count == 1 ? providers[0] : new FallbackProvider(providers, telemetry);

    private IModelBackend Create(string name, ProviderOptions options, TimeProvider time)
    {
        IModelBackend backend = options.Kind switch
        {
            ProviderKind.OpenAI => new OpenAiProvider(name, options, time),
            _ => new SimulatedProvider(name, time),
        };
        if (backend is IDisposable disposable)
        {
            _owned.Add(disposable);
        }

        return backend;
    }
}

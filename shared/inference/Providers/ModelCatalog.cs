using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Inference.OpenAiCompatible;
using Sluice.Inference.Options;
using Sluice.Inference.Simulated;
using Sluice.Inference.Telemetry;

namespace Sluice.Inference.Providers;

/// <summary>
/// Builds the providers of the configuration, each with its limits and telemetry, and finds them by model.
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
        var models = new List<ModelInfo>();
        var byModel = new Dictionary<string, IModelProvider>(StringComparer.Ordinal);
        foreach (var (name, provider) in BuiltInProvider.AddTo(options.Value.Providers))
        {
            var backend = Create(name, provider, time);
            var instance = new InstrumentedProvider(backend, provider, telemetry, logger);
            foreach (var model in provider.Models)
            {
                models.Add(new(model, name, provider.Continuation));
                byModel.Add(model, instance);
            }
        }

        Models = [.. models.OrderBy(m => m.Id, StringComparer.Ordinal)];
        _byModel = byModel.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public IReadOnlyList<ModelInfo> Models { get; }

    public bool TryResolve(string model, [NotNullWhen(true)] out IModelProvider? provider) =>
        _byModel.TryGetValue(model, out provider);

    public void Dispose() => _owned.ForEach(o => o.Dispose());

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

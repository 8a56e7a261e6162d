using System.Diagnostics.CodeAnalysis;

namespace Sluice.Inference.Providers;

/// <summary>The models this process serves, fixed at start. Thread-safe.</summary>
public interface IModelCatalog
{
    /// <summary>All models in ordinal order of their ids.</summary>
    IReadOnlyList<ModelInfo> Models { get; }

    /// <summary>
    /// Finds the provider of a model, or the one that stands for all of its providers; ids are compared ordinally.
    /// </summary>
    bool TryResolve(string model, [NotNullWhen(true)] out IModelProvider? provider);
}

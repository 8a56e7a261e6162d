using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.Inference.Telemetry;
using Sluice.ServiceDefaults.Options;

namespace Sluice.Inference;

/// <summary>Registration of the model providers.</summary>
public static class InferenceServices
{
    /// <summary>
    /// Adds <see cref="IModelCatalog"/> over the providers of section <c>Inference</c> and the built-in
    /// <c>sluice-sim</c>. The host refuses to start on a wrong configuration and names everything that is wrong.
    /// </summary>
    public static IServiceCollection AddInference(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.AddValidatedOptions<InferenceOptions>(InferenceOptions.Section);
        services.AddMetrics();
        services.AddLogging();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<InferenceOptions>, InferenceOptionsValidator>());
        services.TryAddSingleton<InferenceTelemetry>();
        services.TryAddSingleton<IModelCatalog, ModelCatalog>();
        return services;
    }
}

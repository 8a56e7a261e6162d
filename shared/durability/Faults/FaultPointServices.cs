using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Sluice.Durability.Faults;

public static class FaultPointServices
{
    /// <summary>Registers <see cref="IFaultPoints"/>: those of the environment, or none.</summary>
    public static IServiceCollection AddFaultPoints(this IServiceCollection services)
    {
        services.TryAddSingleton<IFaultPoints>(_ =>
            Environment.GetEnvironmentVariable(EnvironmentFaultPoints.Variable) is { Length: > 0 } text
                ? new EnvironmentFaultPoints(text)
                : NoFaultPoints.Instance);
        return services;
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Schema;
using Sluice.ServiceDefaults.Options;

namespace Sluice.Durability.Instances;

public static class InstanceServices
{
    /// <summary>
    /// Registers this process as an instance of <paramref name="service"/> in <c>{schema}.instances</c>, with
    /// <see cref="IInstances"/> and <see cref="IInstanceWatch"/>.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="service">Name of the process, as in <c>batch-worker</c>.</param>
    /// <param name="schema">Database schema of the table.</param>
    /// <param name="address">Where other instances reach this one; default <c>Internal:Url</c>.</param>
    public static IServiceCollection AddInstances(
        this IServiceCollection services,
        string service,
        string schema,
        Func<IServiceProvider, string>? address = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        services.AddDurabilitySchema(schema);
        services.AddValidatedOptions<InstanceOptions>(InstanceOptions.Section);
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<InstanceOptions>, InstanceOptionsValidator>());
        services.AddSingleton(provider => new InstanceTable(provider.GetRequiredService<NpgsqlDataSource>(), schema));
        services.AddSingleton(provider => new InstanceIdentity(
            service,
            address?.Invoke(provider) ?? provider.GetRequiredService<IConfiguration>()["Internal:Url"] ?? ""));
        services.AddSingleton<InstanceService>();
        services.AddSingleton<IInstances>(provider => provider.GetRequiredService<InstanceService>());
        services.AddSingleton<IInstanceWatch>(provider => provider.GetRequiredService<InstanceService>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<InstanceService>());
        services.AddHealthChecks().AddCheck<InstanceHealthCheck>("instance", HealthStatus.Unhealthy, ["ready"]);
        return services;
    }
}

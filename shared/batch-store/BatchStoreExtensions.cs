using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;

namespace Sluice.BatchStore;

/// <summary>Registration of the batch store.</summary>
public static class BatchStoreExtensions
{
    /// <summary>
    /// Adds <see cref="IBlobStore"/>, <see cref="ShardLeases"/> and <see cref="ResultPages"/> over the registered
    /// <see cref="Npgsql.NpgsqlDataSource"/>.
    /// </summary>
    public static IServiceCollection AddBatchStore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IBlobStore, PostgresBlobStore>();
        services.TryAddSingleton<ShardLeases>();
        services.TryAddSingleton<ResultPages>();
        return services;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.Durability.Postgres;
using Sluice.Durability.Schema;

namespace Sluice.BatchStore;

/// <summary>Registration of the batch store.</summary>
public static class BatchStoreExtensions
{
    /// <summary>
    /// Adds <see cref="IBlobStore"/>, <see cref="ShardLeases"/>, <see cref="ResultPages"/> and <see
    /// cref="WrittenPages"/> over the process's pool, and the tables to the schema that is applied at start. The guards
    /// read the <c>instances</c> table of the same schema.
    /// </summary>
    public static IServiceCollection AddBatchStore(this IServiceCollection services)
    {
        services.AddPostgres();
        services.AddSchema(BatchStoreSchema.Name, typeof(BatchStoreExtensions).Assembly);
        services.TryAddSingleton<IBlobStore, PostgresBlobStore>();
        services.TryAddSingleton<ShardLeases>();
        services.TryAddSingleton<ResultPages>();
        services.TryAddSingleton<WrittenPages>();
        return services;
    }
}

using MassTransit;
using Microsoft.Extensions.Options;
using Sluice.BatchStore;
using Sluice.Durability.Instances;
using Sluice.Durability.Postgres;
using Sluice.Durability.Schema;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Batches.Controls;
using Sluice.Scheduler.Batches.Creating;
using Sluice.Scheduler.Batches.Finalization;
using Sluice.Scheduler.Batches.Validation;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.DeadLetters;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Files;
using Sluice.Scheduler.Forecasts;
using Sluice.Scheduler.Hosting;
using Sluice.Scheduler.Jobs;
using Sluice.Scheduler.Schedules;
using Sluice.Scheduler.Tenants;
using Sluice.Scheduler.Watching;
using Sluice.Scheduler.Webhooks;
using Sluice.ServiceDefaults.Options;
using Sluice.Tasks;

namespace Sluice.Scheduler;

/// <summary>What the scheduler consists of.</summary>
internal static class SchedulerServices
{
    public static void AddScheduler(this IServiceCollection services)
    {
        AddData(services);
        AddFiles(services);
        AddBatches(services);
        AddJobs(services);
        AddDispatch(services);
        AddForecasts(services);
        AddWatching(services);
        AddWebhooks(services);
        services.AddDeadLetters();
        services.AddSluiceMessaging(bus =>
        {
            bus.AddSagaStateMachine<BatchStateMachine, BatchState, BatchSagaDefinition>()
                .EntityFrameworkRepository(repository => repository.ExistingDbContext<SchedulerDbContext>());
            bus.AddConsumer<ValidateBatchConsumer, ValidateBatchDefinition>();
            bus.AddConsumer<FinalizeBatchConsumer, FinalizeBatchDefinition>();
            bus.AddConsumer<ShardEndedConsumer, ShardEndedDefinition>();
            bus.AddConsumer<BatchEndedConsumer, BatchEndedDefinition>();
            bus.AddConsumer<DeliverWebhookConsumer, DeliverWebhookDefinition>();
            bus.AddEntityFrameworkOutbox<SchedulerDbContext>();
        });

        // After the bus: loops stop before it does, and what they wrote last still leaves.
        services.AddHostedService<DispatchLoop>();
        services.AddHostedService<RecoveryLoop>();
        services.AddHostedService<ForecastLoop>();
        services.AddHostedService<FileSweeper>();
        services.AddHostedService<WebhookSweep>();
        services.AddSchedules();
        services.AddDeadLetterLoops();
    }

    private static void AddData(IServiceCollection services)
    {
        // In this order: later modules refer to tables of earlier ones.
        services.AddDurabilitySchema(SchedulerSchema.Name);
        services.AddSchema(SchedulerSchema.Name, typeof(BatchStoreSchema).Assembly);
        services.AddSchema(SchedulerSchema.Name, typeof(SchedulerServices).Assembly);
        services.AddPostgresDbContext<SchedulerDbContext>();
        services.AddSingleton<SchedulerTransactions>();
        services.AddInstances("scheduler", SchedulerSchema.Name);
        services.AddBatchStore();
    }

    private static void AddFiles(IServiceCollection services)
    {
        services.AddValidatedOptions<FilesOptions>(FilesOptions.Section);
        services.AddScoped<FileUpload>();
        services.AddSingleton<FileContent>();
        services.AddSingleton<FileDeletion>();
        services.AddSingleton<FileSweep>();
        services.AddSingleton<WakeUp<FileSweeper>>();
    }

    private static void AddBatches(IServiceCollection services)
    {
        services.AddValidatedOptions<CreationOptions>(CreationOptions.Section);
        services.AddValidatedOptions<ValidationOptions>(ValidationOptions.Section);
        services.AddValidatedOptions<FinalizationOptions>(FinalizationOptions.Section);
        services.AddTasks();
        services.AddSingleton<KeyLocks>();
        services.AddScoped<EarlierCreations>();
        services.AddScoped<BatchCreation>();
        services.AddScoped<BatchCancellation>();
        services.AddScoped<ExpirySchedule>();
        services.AddScoped<BatchStart>();
        services.AddScoped<BatchControl>();
        services.AddSingleton<TenantLimits>();
        services.AddScoped<BatchViews>();
        services.AddScoped<IBatchWork, BatchWork>();
        services.AddSingleton<ShardSizes>();
        services.AddSingleton<InputValidators>();
        services.AddSingleton<BatchValidation>();
        services.AddSingleton<ValidationRetries>();
        services.AddSingleton<UnrunLines>();
        services.AddSingleton<BatchFinalization>();
        services.AddSingleton<CreationSweep>();
    }

    private static void AddJobs(IServiceCollection services)
    {
        services.AddValidatedOptions<JobOptions>(JobOptions.Section);
        services.AddSingleton<IValidateOptions<JobOptions>, JobOptionsValidator>();
        services.AddSingleton<JobBody>();
        services.AddSingleton<JobResults>();
        services.AddScoped<JobCreation>();
        services.AddScoped<JobViews>();
    }

    private static void AddDispatch(IServiceCollection services)
    {
        services.AddValidatedOptions<DispatchOptions>(DispatchOptions.Section);
        services.AddSingleton<WakeUp<DispatchLoop>>();
        services.AddValidatedOptions<TenantsOptions>(TenantsOptions.Section);
        services.AddSingleton<IValidateOptions<TenantsOptions>, TenantsOptionsValidator>();
        services.AddSingleton(Order);
        services.AddSingleton<DispatchRound>();
        services.AddSingleton<ShardRecovery>();
    }

    private static void AddWebhooks(IServiceCollection services)
    {
        services.AddValidatedOptions<WebhookOptions>(WebhookOptions.Section);
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddSingleton<WebhookAddresses>();
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<WebhookDelivery>();
        services.AddSingleton<WebhookCreation>();
    }

    private static void AddForecasts(IServiceCollection services)
    {
        services.AddValidatedOptions<ForecastOptions>(ForecastOptions.Section);
        services.AddSingleton<SampledModels>();
        services.AddSingleton<ForecastInputs>();
        services.AddSingleton<ForecastMetrics>();
        services.AddSingleton<ForecastRound>();
    }

    private static void AddWatching(IServiceCollection services)
    {
        services.AddValidatedOptions<WatchOptions>(WatchOptions.Section);
        services.AddScoped<ProgressLook>();
        services.AddSingleton<ProgressFeeds>();
        services.AddSingleton<ProgressStreaming>();
        services.AddSingleton<PartialResults>();
    }

    private static DispatchOrder Order(IServiceProvider services)
    {
        var dispatch = services.GetRequiredService<IOptions<DispatchOptions>>().Value;
        var tenants = services.GetRequiredService<IOptions<TenantsOptions>>().Value;
        return new(dispatch.AgeingStep, dispatch.Quantum, tenant => tenants.Of(tenant).Weight);
    }
}

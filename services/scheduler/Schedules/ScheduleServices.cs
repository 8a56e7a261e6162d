using Microsoft.Extensions.Options;
using Npgsql;
using Quartz;
using Sluice.Scheduler.Data;
using Sluice.ServiceDefaults.Options;

namespace Sluice.Scheduler.Schedules;

/// <summary>Recurring batches, over a cluster of Quartz schedulers in our database.</summary>
internal static class ScheduleServices
{
    // Each scheduler asks that often whether something is due that another one was to see to.
    private static readonly TimeSpan IdleWait = TimeSpan.FromSeconds(5);

    public static void AddSchedules(this IServiceCollection services)
    {
        services.AddValidatedOptions<ScheduleOptions>(ScheduleOptions.Section);
        services.AddSingleton<ScheduleFire>();
        services.AddScoped<ScheduleCreation>();
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "sluice";
                scheduler.InstanceId = Guid.CreateVersion7().ToString("N");
                scheduler.IdleWaitTime = IdleWait;
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.WhenWaitingForJobs;
            });
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory =
                    provider => provider.GetRequiredService<NpgsqlDataSource>());
                store.UseClustering();
                store.UseSystemTextJsonSerializer();
                store.ProvisionSchema();
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = SchedulerSchema.Name + ".qrtz_";
                    options.RecoverFiringsCancelledByShutdown = true;
                });
            });
        });
        services.AddOptions<AdoJobStoreOptions>().Configure<IOptions<ScheduleOptions>>(
            (store, own) => store.MisfireThreshold = own.Value.MisfireThreshold);
        services.AddOptions<ThreadPoolOptions>().Configure<IOptions<ScheduleOptions>>(
            (pool, own) => pool.MaxConcurrency = own.Value.Concurrency);
        services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
    }
}

using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Batches.Controls;
using Sluice.Scheduler.DeadLetters;
using Sluice.Scheduler.DeadLetters.Replays;
using Sluice.Scheduler.Diagnosis;
using Sluice.Scheduler.Files;
using Sluice.Scheduler.Forecasts;
using Sluice.Scheduler.Jobs;
using Sluice.Scheduler.Schedules;
using Sluice.Scheduler.Watching;
using Sluice.Scheduler.Webhooks;
using Sluice.ServiceDefaults;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler;

/// <summary>The scheduler process as a callable host, so that tests can run it in their own process.</summary>
public static class SchedulerHost
{
    /// <summary>
    /// Builds the application; <paramref name="args"/> are configuration keys (<c>--Internal:Url=…</c>).
    /// </summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("scheduler");
        builder.Services.AddScheduler();
        var app = builder.Build();
        app.UseInternalCaller();
        app.MapServiceDefaults();
        app.MapFiles();
        app.MapBatches();
        app.MapBatchControl();
        app.MapWorkers();
        app.MapWatching();
        app.MapDiagnosis();
        app.MapWebhooks();
        app.MapSchedules();
        app.MapDeadLetters();
        app.MapReplays();
        app.MapJobs();
        return app;
    }
}

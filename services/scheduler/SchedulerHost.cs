using Sluice.ServiceDefaults;

namespace Sluice.Scheduler;

/// <summary>The scheduler process as a callable host, so that tests can run it in their own process.</summary>
public static class SchedulerHost
{
    /// <summary>Builds the application; <paramref name="args"/> are configuration keys (<c>--Internal:Url=…</c>).</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("scheduler");
        var app = builder.Build();
        app.MapServiceDefaults();
        return app;
    }
}

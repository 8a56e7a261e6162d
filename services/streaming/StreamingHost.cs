using Sluice.ServiceDefaults;

namespace Sluice.Streaming;

/// <summary>The streaming process as a callable host, so that tests can run it in their own process.</summary>
public static class StreamingHost
{
    /// <summary>Builds the application; <paramref name="args"/> are configuration keys (<c>--Internal:Url=…</c>).</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("streaming");
        var app = builder.Build();
        app.MapServiceDefaults();
        return app;
    }
}

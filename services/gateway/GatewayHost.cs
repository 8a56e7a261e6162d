using Sluice.ServiceDefaults;

namespace Sluice.Gateway;

/// <summary>The gateway process as a callable host, so that tests can run it in their own process.</summary>
public static class GatewayHost
{
    /// <summary>Builds the application; <paramref name="args"/> are configuration keys (<c>--Internal:Url=…</c>).</summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("gateway");
        var app = builder.Build();
        app.MapServiceDefaults();
        return app;
    }
}

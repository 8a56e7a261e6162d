using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Hosting;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>A process without a named environment runs as Development, not as ASP.NET Core's Production.</summary>
internal static class DefaultEnvironment
{
    public static void Apply(WebApplicationBuilder builder)
    {
        if (IsNamed(builder))
        {
            return;
        }

        // The web host and the generic host under it each keep an environment of their own.
        builder.Environment.EnvironmentName = Environments.Development;
        foreach (var generic in builder.Services.Select(service => service.ImplementationInstance)
            .OfType<IHostEnvironment>())
        {
            generic.EnvironmentName = Environments.Development;
        }
    }

    private static bool IsNamed(WebApplicationBuilder builder) =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT"))
        || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT"))
        || ((IConfigurationRoot)builder.Configuration).Providers.OfType<CommandLineConfigurationProvider>()
            .Any(args => args.TryGet(HostDefaults.EnvironmentKey, out var name) && !string.IsNullOrEmpty(name));
}

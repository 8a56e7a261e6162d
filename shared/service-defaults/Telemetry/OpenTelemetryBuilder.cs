using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;

namespace Sluice.ServiceDefaults.Telemetry;

/// <summary>
/// What <c>AddOpenTelemetry()</c> of OpenTelemetry.Extensions.Hosting returns. That package does not restore; when it
/// does, its registration replaces ours, as the calls on it have the same shape.
/// </summary>
internal sealed class OpenTelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
{
    public IServiceCollection Services => services;
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Sluice.ServiceDefaults;
using Sluice.ServiceDefaults.Hosting;
using Xunit;

namespace Sluice.Tests.Integration.ServiceDefaults;

public sealed class ServiceProgramTests
{
    [Fact]
    public async Task A_part_that_throws_as_it_is_told_to_stop_keeps_no_other_from_its_end_and_is_told()
    {
        var ended = await ServiceProgram.RunAsync(
            ["--environment=Development", "--Internal:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"],
            args =>
            {
                var builder = WebApplication.CreateBuilder(args);
                builder.AddServiceDefaults("test");

                // The host stops them in the reverse order.
                builder.Services.AddHostedService<Quiet>();
                builder.Services.AddHostedService<Throwing>();
                var app = builder.Build();
                app.Lifetime.ApplicationStarted.Register(app.Lifetime.StopApplication);
                return app;
            });

        ended.ShouldBe(ServiceProgram.StopFailed);
        Throwing.HasThrown.ShouldBeTrue();
        Quiet.HasStopped.ShouldBeTrue();
    }

    private sealed class Quiet : IHostedService
    {
        public static bool HasStopped { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            HasStopped = true;
            return Task.CompletedTask;
        }
    }

    /// <summary>As a background service does where a callback of its token throws.</summary>
    private sealed class Throwing : IHostedService
    {
        public static bool HasThrown { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            HasThrown = true;
            throw new InvalidOperationException("as Npgsql does");
        }
    }
}

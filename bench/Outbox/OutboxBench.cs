using System.CommandLine;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sluice.Durability.Postgres;
using Sluice.Durability.Schema;
using Sluice.LocalCluster.Servers;
using Spectre.Console;

namespace Sluice.Bench.Outbox;

/// <summary>
/// <c>bench outbox</c>: messages per second from the first commit until the outbox is empty, against publishing the
/// same messages without an outbox, in turn, in one run, on one broker and one bus. What the outbox adds is the whole
/// difference: rows written, claimed, read and deleted.
/// </summary>
internal static class OutboxBench
{
    public static Command Command()
    {
        var messages = Number("--messages", "Messages of one run.", 50_000);
        var perCommit = Number("--per-commit", "Messages of one transaction.", 100);
        var writers = Number("--writers", "Transactions at one time.", 4);
        var runs = Number("--runs", "Measured runs of each way, after one that warms up; the median counts.", 5);
        var atLeast = new Option<double>("--at-least")
        {
            Description = "Ratio to plain publishing below which the exit code is 1.",
            DefaultValueFactory = _ => 0.5,
        };
        var command = new Command("outbox", "Messages per second through the outbox, against plain publishing.")
        {
            messages, perCommit, writers, runs, atLeast,
        };
        command.SetAction((parsed, token) => RunAsync(
            new(
                parsed.GetValue(messages), parsed.GetValue(perCommit), parsed.GetValue(writers), parsed.GetValue(runs),
                parsed.GetValue(atLeast)),
            token));
        return command;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static async Task<int> RunAsync(OutboxBenchSettings settings, CancellationToken cancellationToken)
    {
        var data = BenchDirectory.Create();
        try
        {
            await using var servers = await ClusterServers.StartAsync(
                new ServersOptions { DataDirectory = data.FullName }.WithEnvironment(), cancellationToken);
            using var host = BuildHost(servers);
            await host.StartAsync(cancellationToken);
            await using var queue = await BenchQueue.DeclareAsync(
                servers.RabbitMqUri, host.Services.GetRequiredService<IBus>().Topology);
            var (plain, outbox) = await MeasureAsync(host.Services, queue, settings, cancellationToken);
            await host.StopAsync(cancellationToken);
            return Report(settings, plain, outbox);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static IHost BuildHost(ClusterServers servers)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:Postgres"] = servers.PostgresUri.ToString(),
            ["ConnectionStrings:RabbitMq"] = servers.RabbitMqUri.ToString(),
        });
        builder.Logging.AddConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddDurabilitySchema(BenchDb.Schema);
        builder.Services.AddPostgresDbContext<BenchDb>();
        builder.Services.AddSluiceMessaging(bus => bus.AddEntityFrameworkOutbox<BenchDb>());
        return builder.Build();
    }

    /// <summary>The two ways in turn, so that whatever else the machine does meets both.</summary>
    private static async Task<(List<double> Plain, List<double> Outbox)> MeasureAsync(
        IServiceProvider services, BenchQueue queue, OutboxBenchSettings settings, CancellationToken cancellationToken)
    {
        var load = new OutboxLoad(services, settings);
        var (plain, outbox) = (new List<double>(), new List<double>());
        for (var run = 0; run <= settings.Runs; run++)
        {
            var direct = await load.PlainAsync(cancellationToken);
            var published = await queue.PurgeAsync();
            var relayed = await load.OutboxAsync(cancellationToken);
            var delivered = await queue.PurgeAsync();
            if (published != delivered)
            {
                throw new InvalidOperationException(
                    $"{published} messages were published and {delivered} came out of the outbox.");
            }

            var name = run == 0 ? "warm-up" : $"run {run}";
            AnsiConsole.MarkupLineInterpolated(
                $"[grey]{name}: plain {Figures.Rate(direct)}/s, outbox {Figures.Rate(relayed)}/s[/]");
            if (run > 0)
            {
                plain.Add(direct);
                outbox.Add(relayed);
            }
        }

        return (plain, outbox);
    }

    private static int Report(OutboxBenchSettings settings, List<double> plain, List<double> outbox)
    {
        var ratio = Figures.Median(outbox) / Figures.Median(plain);
        var table = new Table().Title(
            $"{settings.Messages} messages, {settings.PerCommit} to a transaction, {settings.Writers} writers");
        table.AddColumns("messages/s", "median", "lowest", "highest");
        foreach (var (way, rates) in ((string, List<double>)[])[("plain, windowed", plain), ("outbox", outbox)])
        {
            table.AddRow(
                way, Figures.Rate(Figures.Median(rates)), Figures.Rate(rates.Min()), Figures.Rate(rates.Max()));
        }

        AnsiConsole.Write(table);
        var isReached = ratio >= settings.AtLeast;
        var verdict = isReached ? "reached" : "not reached";
        AnsiConsole.MarkupLineInterpolated($"ratio {Figures.Ratio(ratio)}, {verdict}: at least {settings.AtLeast:0.0}");
        return isReached ? 0 : 1;
    }
}

using System.CommandLine;
using Sluice.LocalCluster.Services;

namespace Sluice.LocalCluster.Commands;

/// <summary><c>run</c>: everything, in the foreground or in the background; also its status and its stop.</summary>
internal static class RunCommand
{
    private const int MostProcesses = 32;

    public static Command Create()
    {
        var noDemo = new Option<bool>("--no-demo") { Description = "Start without showing the demo." };
        var exit = new Option<bool>("--exit")
        {
            Description = "Stop after the demo, or with --no-demo when all is ready; the exit code tells how it went.",
        };
        var detach = new Option<bool>("--detach") { Description = "Go on in the background; return when ready." };
        var stop = new Option<bool>("--stop") { Description = "Stop what runs on this data directory; data stay." };
        var status = new Option<bool>("--status") { Description = "Show what runs on this data directory." };
        var port = Number("--port", "Port of the first gateway; gateway n listens on port + n - 1.", 8080, 1, 65_000);
        var gateways = Number("--gateways", "Number of gateways.", 1, 1, MostProcesses);
        var streaming = Number("--streaming", "Number of streaming services.", 1, 1, MostProcesses);
        var workers = Number("--workers", "Number of batch workers.", 1, 0, MostProcesses);
        var schedulers = Number("--schedulers", "Number of schedulers.", 1, 1, MostProcesses);
        var noRestart = new Option<bool>("--no-restart") { Description = "Leave a dead process dead." };
        var data = Data();

        var command = new Command("run", "Starts Sluice, shows it at work, and keeps serving until Ctrl-C.")
        {
            noDemo, exit, detach, stop, status, port, gateways, streaming, workers, schedulers, noRestart, data,
        };
        command.Validators.Add(result =>
        {
            Option[] modes = [exit, detach, stop, status];
            if (modes.Count(mode => result.GetResult(mode) is { Implicit: false }) > 1)
            {
                result.AddError("Of --exit, --detach, --stop and --status only one can be given.");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = new RunSettings
            {
                DataDirectory = Path.GetFullPath(parsed.GetValue(data)!),
                Demo = !parsed.GetValue(noDemo),
                Exit = parsed.GetValue(exit),
                Port = parsed.GetValue(port),
                Gateways = parsed.GetValue(gateways),
                Streaming = parsed.GetValue(streaming),
                Workers = parsed.GetValue(workers),
                Schedulers = parsed.GetValue(schedulers),
                Restart = !parsed.GetValue(noRestart),
            };
            return parsed.GetValue(stop) ? Stopping.RunAsync(settings.DataDirectory)
                : parsed.GetValue(status) ? StatusReport.RunAsync(settings.DataDirectory, cancellationToken)
                : parsed.GetValue(detach) ? Detached.RunAsync(settings.InBackground(), settings.DataDirectory)
                : Foreground.RunAsync(settings);
        });
        return command;
    }

    public static Option<string> Data() => new("--data")
    {
        Description = "Directory of data, logs, pid files and the env file.",
        DefaultValueFactory = _ => Path.Combine(ServiceBinaries.RepositoryRoot, ".run"),
    };

    private static Option<int> Number(string name, string description, int standard, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            // What is no number at all is refused by the parser, whose conversion throws here.
            var given = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
            if (int.TryParse(given, out var value) && (value < least || value > most))
            {
                result.AddError($"{name} takes {least} to {most}.");
            }
        });
        return option;
    }
}

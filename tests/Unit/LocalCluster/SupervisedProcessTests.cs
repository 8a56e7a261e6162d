using System.Collections.Concurrent;
using System.Globalization;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.TestKit;
using Sluice.TestKit.Servers;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

public sealed class SupervisedProcessTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<SupervisedProcess> _processes = [];
    private readonly ConcurrentQueue<string> _said = new();

    private string PidPath => Path.Combine(_directory.Path, "pids", "sleeper-1.pid");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task A_killed_process_is_started_again_with_a_new_pid_in_its_file()
    {
        var process = await StartAsync("exec sleep 600");
        var first = process.Pid;
        first.ShouldBe(FilePid());

        (await process.KillAsync()).ShouldBe(first);

        await Eventually.Until("there is another incarnation", () => process.Starts == 2 && process.Pid is not null);
        process.Pid.ShouldBe(FilePid());
        process.Pid.ShouldNotBe(first);
    }

    [Fact]
    public async Task A_start_that_the_machine_refuses_is_tried_again_and_can_be_stopped()
    {
        var process = await StartAsync("exec sleep 600");

        // A folder in the place of its file: what a full disk or a lost right does, also to root.
        File.Delete(PidPath);
        Directory.CreateDirectory(Path.Combine(PidPath, "in the way"));
        await process.KillAsync();
        await Eventually.Until("a start was refused", () => _said.Any(Refused));
        process.Pid.ShouldBeNull();

        Directory.Delete(PidPath, recursive: true);
        await Eventually.Until("there is another incarnation", () => process.Starts == 2 && process.Pid is not null);
        process.Pid.ShouldBe(FilePid());
    }

    [Fact]
    public async Task Without_restarts_a_dead_process_stays_dead_until_it_is_started()
    {
        var process = await StartAsync("exec sleep 600", restart: false);

        await process.KillAsync();
        process.Pid.ShouldBeNull();
        await process.StartAsync();

        process.Starts.ShouldBe(2);
        process.Pid.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_start_in_the_moment_of_its_death_is_not_lost()
    {
        var process = await StartAsync("exec sleep 600", restart: false);

        // Its supervision may learn of the death only after whoever starts it: some of the rounds meet that moment.
        for (var starts = 2; starts <= 300; starts++)
        {
            process.Send(Signal.Kill);
            while (process.Pid is not null)
            {
                Thread.Yield();
            }

            await process.StartAsync();

            process.Starts.ShouldBe(starts);
            process.Pid.ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task A_stop_asks_first_and_leaves_no_pid_file()
    {
        var process = await StartAsync("trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.05; done");
        await Eventually.Until("the trap is set", () => Log(process).Contains("up", StringComparison.Ordinal));

        await process.StopAsync();

        Log(process).ShouldContain("asked");
        process.Starts.ShouldBe(1);
        File.Exists(PidPath).ShouldBeFalse();
    }

    [Fact]
    public async Task A_process_that_does_not_listen_is_killed_after_its_time()
    {
        var process = await StartAsync(
            "trap '' TERM; echo up; while :; do sleep 0.05; done", stopTimeout: TimeSpan.FromMilliseconds(300));
        await Eventually.Until("the trap is set", () => Log(process).Contains("up", StringComparison.Ordinal));
        var pid = process.Pid!.Value;

        await process.StopAsync();

        ProcessIdentity.IsAlive(pid).ShouldBeFalse();
    }

    [Fact]
    public async Task A_frozen_process_can_be_stopped()
    {
        var process = await StartAsync("exec sleep 600");
        var pid = process.Pid!.Value;
        process.Send(Signal.Freeze).ShouldBeTrue();

        await process.StopAsync();

        ProcessIdentity.IsAlive(pid).ShouldBeFalse();
    }

    [Fact]
    public async Task Its_identity_is_its_directory_and_its_name()
    {
        var process = await StartAsync("exec sleep 600");
        var pid = process.Pid!.Value;

        // While one program of the chain replaces another, the process has no environment to read.
        await Eventually.Until("the last program runs", () => ProcessIdentity.ProgramName(pid) == "sleep");
        ProcessIdentity.Matches(pid, ProcessIdentity.Marker(_directory.Path, "sleeper-1")).ShouldBeTrue();
        ProcessIdentity.Matches(pid, ProcessIdentity.Marker(_directory.Path, "sleeper-2")).ShouldBeFalse();
        ProcessIdentity.Matches(pid, ProcessIdentity.Marker("/elsewhere", "sleeper-1")).ShouldBeFalse();
        ProcessIdentity.Matches(Environment.ProcessId, ProcessIdentity.Marker(_directory.Path, "sleeper-1"))
            .ShouldBeFalse();
    }

    private async Task<SupervisedProcess> StartAsync(
        string script, bool restart = true, TimeSpan? stopTimeout = null)
    {
        var spec = new ProcessSpec
        {
            Name = "sleeper-1",
            DataDirectory = _directory.Path,
            FileName = "/bin/sh",
            Arguments = ["-c", script],
            StopTimeout = stopTimeout ?? TimeSpan.FromSeconds(10),
        };
        var process = new SupervisedProcess(spec, restart, _said.Enqueue);
        _processes.Add(process);
        await process.StartAsync();
        return process;
    }

    private static bool Refused(string said) => said.Contains("could not be started again", StringComparison.Ordinal);

    private int FilePid() => int.Parse(File.ReadAllText(PidPath), CultureInfo.InvariantCulture);

    private static string Log(SupervisedProcess process) => File.ReadAllText(process.LogPath);
}

using System.Diagnostics;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit.Servers;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

public sealed class LeftoversTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_process_of_this_directory_is_ended_and_its_file_removed()
    {
        using var left = Start(ProcessIdentity.Marker(_directory.Path, "streaming-1"));

        (await Leftovers.EndAsync(_directory.Path, _ => { })).ShouldBe(1);

        // Dead for the kernel, and in a moment for its parent, which this process is here.
        await left.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10));
        Directory.GetFiles(Path.Combine(_directory.Path, "pids")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stranger_that_was_given_the_pid_is_left_alone()
    {
        using var stranger = Start(ProcessIdentity.Marker("/elsewhere", "streaming-1"));
        try
        {
            (await Leftovers.EndAsync(_directory.Path, _ => { })).ShouldBe(0);

            stranger.HasExited.ShouldBeFalse();
        }
        finally
        {
            stranger.Kill();
        }
    }

    private Process Start(string marker)
    {
        var info = new ProcessStartInfo("sleep", "600") { UseShellExecute = false };
        info.Environment[ProcessIdentity.MarkerVariable] = marker;
        var process = Process.Start(info)!;
        Directory.CreateDirectory(Path.Combine(_directory.Path, "pids"));
        PidFile.Write(Path.Combine(_directory.Path, "pids", "streaming-1.pid"), process.Id);
        return process;
    }
}

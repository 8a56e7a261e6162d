using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit.Servers;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_start_outlasts_one_who_only_looks()
    {
        var look = Hold();

        var start = DataDirectory.AcquireAsync(_directory.Path, TestContext.Current.CancellationToken);
        start.IsCompleted.ShouldBeFalse();
        look.Dispose();

        using var held = await start;
        DataDirectory.Supervisor(_directory.Path).ShouldBe(Environment.ProcessId);
    }

    [Fact]
    public void Two_who_look_at_what_a_dead_supervisor_left_see_none()
    {
        using var other = Hold();
        PidFile.Write(Path.Combine(_directory.Path, "supervisor.pid"), int.MaxValue);

        DataDirectory.Supervisor(_directory.Path).ShouldBeNull();
    }

    private FileStream Hold() => new(
        Path.Combine(_directory.Path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
}

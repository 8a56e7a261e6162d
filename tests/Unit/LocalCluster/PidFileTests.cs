using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.TestKit.Servers;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

public sealed class PidFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string File => Path.Combine(_directory.Path, "x.pid");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_written_pid_is_read_back_and_nothing_else_is_left()
    {
        PidFile.Write(File, 17);
        PidFile.Write(File, 4711);

        PidFile.Read(File).ShouldBe(4711);
        Directory.GetFiles(_directory.Path).ShouldBe([File]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("-5")]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("99999999999999999999")]
    public void What_is_no_pid_of_ours_is_no_pid(string text)
    {
        System.IO.File.WriteAllText(File, text);

        PidFile.Read(File).ShouldBeNull();
    }

    [Fact]
    public void A_missing_file_is_no_pid() => PidFile.Read(File).ShouldBeNull();
}

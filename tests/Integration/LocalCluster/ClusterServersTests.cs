using System.Globalization;
using Npgsql;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;
using Sluice.TestKit;
using Sluice.TestKit.Servers;
using Xunit;

namespace Sluice.Tests.Integration.LocalCluster;

public sealed class ClusterServersTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private ClusterServers _servers = null!;

    public async ValueTask InitializeAsync() =>
        _servers = await ClusterServers.StartAsync(new ServersOptions { DataDirectory = _directory.Path });

    public async ValueTask DisposeAsync()
    {
        await _servers.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Killed_servers_come_back_with_their_data_and_new_pid_files()
    {
        await using var database = await PostgresDatabase.CreateAsync(_servers.PostgresUri);
        await database.ExecuteAsync("CREATE TABLE kept (x int)");
        await using var vhost = await RabbitVhost.CreateAsync(_servers.RabbitMqUri, _servers.RabbitMqManagementUri);
        var (broker, postmaster) = (PidIn("rabbitmq-1"), PidIn("postgres-1"));
        ProcessIdentity.ProgramName(broker).ShouldBe("beam.smp");
        ProcessIdentity.ProgramName(postmaster).ShouldBe("postgres");

        (await _servers.RabbitMq!.KillAsync()).ShouldBe(broker);
        (await _servers.Postgres!.KillAsync()).ShouldBe(postmaster);
        await _servers.WaitUntilReadyAsync();

        await Eventually.Until("the new pid is written", () => PidIn("rabbitmq-1") != broker);
        ProcessIdentity.ProgramName(PidIn("rabbitmq-1")).ShouldBe("beam.smp");
        PidIn("postgres-1").ShouldNotBe(postmaster);
        (await database.ScalarAsync("SELECT count(*) FROM kept")).ShouldBe(0L);
        (await vhost.GetAsync("vhosts/{vhost}"))["name"]!.GetValue<string>().ShouldBe(vhost.Name);
    }

    [Fact]
    public async Task A_restart_kills_and_returns_when_clients_can_connect()
    {
        var postmaster = _servers.Postgres!.Pid;

        await _servers.RestartPostgresAsync();

        _servers.Postgres.Pid.ShouldNotBe(postmaster);
        await using var connection = new NpgsqlConnection(PostgresConnection.FromUri(_servers.PostgresUri));
        await connection.OpenAsync();
    }

    [Fact]
    public async Task Stopped_servers_leave_no_process_and_no_pid_file()
    {
        int[] pids = [PidIn("rabbitmq-1"), PidIn("postgres-1")];

        await _servers.DisposeAsync();

        pids.ShouldAllBe(pid => !ProcessIdentity.IsAlive(pid));
        Directory.GetFiles(Path.Combine(_directory.Path, "pids")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_later_start_on_the_same_directory_finds_the_data()
    {
        // Not disposed: they go with the directory, and their addresses with the first start.
        var database = await PostgresDatabase.CreateAsync(_servers.PostgresUri);
        await database.ExecuteAsync("CREATE TABLE kept (x int)");
        var name = database.Uri.Split('/')[^1];
        var vhost = await RabbitVhost.CreateAsync(_servers.RabbitMqUri, _servers.RabbitMqManagementUri);
        var vhostName = vhost.Name;

        await _servers.DisposeAsync();
        _servers = await ClusterServers.StartAsync(new ServersOptions { DataDirectory = _directory.Path });

        var uri = PostgresConnection.WithDatabase(_servers.PostgresUri, name);
        await using var connection = new NpgsqlConnection(PostgresConnection.FromUri(uri));
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand("SELECT count(*) FROM kept", connection);
        (await count.ExecuteScalarAsync()).ShouldBe(0L);
        await using var other = await RabbitVhost.CreateAsync(_servers.RabbitMqUri, _servers.RabbitMqManagementUri);
        (await other.GetAsync("vhosts/" + vhostName))["name"]!.GetValue<string>().ShouldBe(vhostName);
    }

    private int PidIn(string name) => int.Parse(
        File.ReadAllText(Path.Combine(_directory.Path, "pids", name + ".pid")), CultureInfo.InvariantCulture);
}

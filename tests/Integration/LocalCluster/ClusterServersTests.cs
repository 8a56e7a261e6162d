using Npgsql;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.LocalCluster;

public sealed class ClusterServersTests(PrivateServers servers) : IClassFixture<PrivateServers>
{
    [Fact]
    public async Task Killed_servers_come_back_with_their_data_and_new_pid_files()
    {
        var running = servers.Running;
        await using var database = await PostgresDatabase.CreateAsync(running.PostgresUri);
        await database.ExecuteAsync("CREATE TABLE kept (x int)");
        await using var vhost = await RabbitVhost.CreateAsync(running.RabbitMqUri, running.RabbitMqManagementUri);
        var (broker, postmaster) = (servers.PidIn("rabbitmq-1"), servers.PidIn("postgres-1"));
        ProcessIdentity.ProgramName(broker).ShouldBe("beam.smp");
        ProcessIdentity.ProgramName(postmaster).ShouldBe("postgres");

        (await running.RabbitMq!.KillAsync()).ShouldBe(broker);
        (await running.Postgres!.KillAsync()).ShouldBe(postmaster);
        await running.WaitUntilReadyAsync();

        await Eventually.Until("the new pid is written", () => servers.PidIn("rabbitmq-1") != broker);
        ProcessIdentity.ProgramName(servers.PidIn("rabbitmq-1")).ShouldBe("beam.smp");
        servers.PidIn("postgres-1").ShouldNotBe(postmaster);
        (await database.ScalarAsync("SELECT count(*) FROM kept")).ShouldBe(0L);
        (await vhost.GetAsync("vhosts/{vhost}"))["name"]!.GetValue<string>().ShouldBe(vhost.Name);
    }

    [Fact]
    public async Task A_restart_kills_and_returns_when_clients_can_connect()
    {
        var postmaster = servers.Running.Postgres!.Pid;

        await servers.Running.RestartPostgresAsync();

        servers.Running.Postgres.Pid.ShouldNotBe(postmaster);
        await using var connection = new NpgsqlConnection(PostgresConnection.FromUri(servers.Running.PostgresUri));
        await connection.OpenAsync();
    }

    [Fact]
    public async Task Stopped_servers_leave_no_process_and_no_pid_file_and_a_later_start_finds_the_data()
    {
        // Not disposed: they go with the directory, and their addresses with the first start.
        var database = await PostgresDatabase.CreateAsync(servers.Running.PostgresUri);
        await database.ExecuteAsync("CREATE TABLE kept (x int)");
        var name = database.Uri.Split('/')[^1];
        var vhost = await CreateVhostAsync();
        var vhostName = vhost.Name;
        int[] pids = [servers.PidIn("rabbitmq-1"), servers.PidIn("postgres-1")];

        await servers.Running.DisposeAsync();

        pids.ShouldAllBe(pid => !ProcessIdentity.IsAlive(pid));
        Directory.GetFiles(Path.Combine(servers.DirectoryPath, "pids")).ShouldBeEmpty();

        await servers.StartAsync();

        var uri = PostgresConnection.WithDatabase(servers.Running.PostgresUri, name);
        await using var connection = new NpgsqlConnection(PostgresConnection.FromUri(uri));
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand("SELECT count(*) FROM kept", connection);
        (await count.ExecuteScalarAsync()).ShouldBe(0L);
        await using var other = await CreateVhostAsync();
        (await other.GetAsync("vhosts/" + vhostName))["name"]!.GetValue<string>().ShouldBe(vhostName);
    }

    private Task<RabbitVhost> CreateVhostAsync() =>
        RabbitVhost.CreateAsync(servers.Running.RabbitMqUri, servers.Running.RabbitMqManagementUri);
}

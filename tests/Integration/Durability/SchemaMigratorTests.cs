using Microsoft.Extensions.Hosting;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

public sealed class SchemaMigratorTests : DurableTest
{
    [Fact]
    public async Task Many_hosts_that_start_at_once_apply_every_script_once()
    {
        var hosts = Enumerable.Range(0, 8).Select(_ => Cluster.Build([], _ => { })).ToList();

        await Task.WhenAll(hosts.Select(host => host.StartAsync()));

        (await Cluster.CountAsync("SELECT count(*) FROM durable.schema_versions")).ShouldBe(
            await Cluster.CountAsync("SELECT max(version) FROM durable.schema_versions"));
        (await Cluster.OutboxAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_database_that_another_script_made_is_refused_and_left_as_it_is()
    {
        await Cluster.Build([], _ => { }).StartAsync();
        await Cluster.Database.ExecuteAsync("UPDATE durable.schema_versions SET checksum = '\\x00' WHERE version = 1");

        var refusal = await Should.ThrowAsync<InvalidOperationException>(
            () => Cluster.Build([], _ => { }).StartAsync());

        refusal.Message.ShouldContain("0001-durability");
    }

    [Fact]
    public async Task A_start_waits_for_a_server_that_does_not_answer_yet()
    {
        var server = new Uri(Cluster.Database.Uri);
        await using var proxy = FaultProxy.To(server.Host, server.Port);
        proxy.CutAfter(0);
        var host = Cluster.Build(
            [("ConnectionStrings:Postgres", new UriBuilder(server) { Port = proxy.Port }.Uri.ToString())], _ => { });
        var starting = host.StartAsync();
        starting.IsCompleted.ShouldBeFalse();

        proxy.CutAfter(long.MaxValue);
        await starting;

        (await Cluster.OutboxAsync()).ShouldBe(0);
    }
}

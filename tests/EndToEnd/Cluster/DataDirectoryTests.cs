using System.Globalization;
using Shouldly;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>What tools from outside find in the data directory of a cluster whose servers are its own.</summary>
[Collection(nameof(Broken))]
public sealed class DataDirectoryTests(FaultCluster cluster)
{
    [Theory]
    [InlineData("rabbitmq-1", "beam.smp")]
    [InlineData("postgres-1", "postgres")]
    [InlineData("gateway-1", "dotnet")]
    [InlineData("streaming-1", "dotnet")]
    [InlineData("scheduler-2", "dotnet")]
    [InlineData("batch-worker-2", "dotnet")]
    public void A_pid_file_names_the_process_itself(string name, string program)
    {
        var pid = int.Parse(File.ReadAllText(InDirectory("pids", name + ".pid")), CultureInfo.InvariantCulture);

        File.ReadAllText($"/proc/{pid}/comm").TrimEnd().ShouldBe(program);
        File.Exists(InDirectory("logs", name + ".log")).ShouldBeTrue();
    }

    [Fact]
    public async Task The_env_file_has_the_addresses_of_servers_and_services()
    {
        var env = (await File.ReadAllLinesAsync(InDirectory("env"))).Select(line => line.Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

        var servers = cluster.Processes.Servers;
        env["RABBITMQ_URI"].ShouldBe(servers.RabbitMqUri.OriginalString);
        env["RABBITMQ_MANAGEMENT_URI"].ShouldBe(servers.RabbitMqManagementUri.OriginalString);
        env["POSTGRES_URI"].ShouldBe(servers.PostgresUri.OriginalString);
        env["POSTGRES_URI"].ShouldMatch("^postgresql://[^:/]+:[^@/]+@127\\.0\\.0\\.1:[0-9]+/[a-z]+$");
        using var http = new HttpClient();
        string[] services = [.. env.Keys.Where(name => name.EndsWith("_INTERNAL_URL", StringComparison.Ordinal))];
        services.Order(StringComparer.Ordinal).ShouldBe(
        [
            "BATCH_WORKER_1_INTERNAL_URL",
            "BATCH_WORKER_2_INTERNAL_URL",
            "GATEWAY_1_INTERNAL_URL",
            "SCHEDULER_1_INTERNAL_URL",
            "SCHEDULER_2_INTERNAL_URL",
            "STREAMING_1_INTERNAL_URL",
        ]);
        foreach (var name in services.Append("SLUICE_URL"))
        {
            using var answer = await http.GetAsync(new Uri(env[name] + "/healthz/live"));
            answer.IsSuccessStatusCode.ShouldBeTrue(name);
        }
    }

    private string InDirectory(params string[] parts) => Path.Combine([cluster.Cluster.DirectoryPath, .. parts]);
}

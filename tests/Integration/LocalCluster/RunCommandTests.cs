using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.TestKit;
using Sluice.TestKit.Servers;
using Xunit;

namespace Sluice.Tests.Integration.LocalCluster;

public sealed class RunCommandTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private PostgresDatabase _database = null!;
    private RabbitVhost _vhost = null!;
    private CommandLine _sluice = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _vhost = await RabbitVhost.CreateAsync();
        var servers = await SharedServers.GetAsync();
        _environment["POSTGRES_URI"] = _database.Uri;
        _environment["RABBITMQ_URI"] = _vhost.Uri;
        _environment["RABBITMQ_MANAGEMENT_URI"] = servers.RabbitMqManagementUri.OriginalString;
        _sluice = new CommandLine(_directory.Path, _environment);
    }

    public async ValueTask DisposeAsync()
    {
        await _sluice.RunAsync("--stop");
        await _vhost.DisposeAsync();
        await _database.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task It_serves_in_the_background_until_it_is_stopped()
    {
        var port = FreePorts.Next();

        var (code, output) = await StartAsync(port, "--workers", "2");

        code.ShouldBe(0, output);
        string[] names = ["batch-worker-1", "batch-worker-2", "gateway-1", "scheduler-1", "streaming-1"];
        PidFiles().ShouldBe(names);
        names.ShouldAllBe(name => File.Exists(Path.Combine(_directory.Path, "logs", name + ".log")));
        var env = EnvFile();
        env["SLUICE_URL"].ShouldBe($"http://127.0.0.1:{port}");
        env["POSTGRES_URI"].ShouldBe(_database.Uri);
        (await StatusOf(env["SLUICE_URL"])).ShouldBe(200);
        (await StatusOf(env["BATCH_WORKER_2_INTERNAL_URL"])).ShouldBe(200);
        (await _sluice.RunAsync("--status")).Code.ShouldBe(0);

        var second = await StartAsync(FreePorts.Next());
        second.Code.ShouldBe(3);
        second.Output.ShouldContain("already running");

        (await _sluice.RunAsync("--stop")).Code.ShouldBe(0);
        PidFiles().ShouldBeEmpty();
        (await _sluice.RunAsync("--status")).Code.ShouldBe(1);
        (await _sluice.RunAsync("--stop")).Output.ShouldContain("Nothing was running");
    }

    [Fact]
    public async Task A_killed_service_comes_back_and_a_killed_supervisor_is_replaced_by_one_that_shows_the_demo()
    {
        (await StartAsync(FreePorts.Next())).Code.ShouldBe(0);
        var worker = PidOf("batch-worker-1");

        Posix.Send(worker, Signal.Kill);

        await Eventually.Until("the worker runs again", () => PidOf("batch-worker-1") != worker);
        await Eventually.Until(
            "the new worker is ready", async () => (await _sluice.RunAsync("--status")).Code == 0);

        var streaming = PidOf("streaming-1");
        Posix.Send(PidFile.Read(Path.Combine(_directory.Path, "supervisor.pid"))!.Value, Signal.Kill);
        var port = FreePorts.Next();
        var (code, output) = await _sluice.RunAsync("--exit", "--port", $"{port}");

        code.ShouldBe(0, output);
        ProcessIdentity.IsAlive(streaming).ShouldBeFalse();
        output.ShouldMatch("[0-9]+ tokens, first after [0-9]+ ms");
        output.ShouldMatch(@"\[####.*\] .*, [0-9]+ of 1000, [0-9]+ lines/s, ETA [0-9]+ s");
        output.ShouldContain("\"custom_id\":\"ticket-");
        output.ShouldContain("… and 997 more");
        output.ShouldContain($"http://127.0.0.1:{port}/docs");
        PidFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var taken = (await SharedServers.GetAsync()).PostgresUri.Port;

        var (code, output) = await StartAsync(taken);

        code.ShouldBe(1);
        output.ShouldContain($"Port {taken}");
        PidFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_service_that_refuses_its_configuration_ends_the_start_with_the_reason()
    {
        _environment["ASPNETCORE_ENVIRONMENT"] = "Production";

        var (code, output) = await StartAsync(FreePorts.Next());

        code.ShouldBe(1);
        output.ShouldContain("gateway-1 refuses its configuration");
        output.ShouldContain("configuration refused: Identity:Keys is empty");
        PidFiles().ShouldBeEmpty();
    }

    private Task<(int Code, string Output)> StartAsync(int port, params string[] more) =>
        _sluice.RunAsync(["--detach", "--port", $"{port}", .. more]);

    private int PidOf(string name) => PidFile.Read(Path.Combine(_directory.Path, "pids", name + ".pid")) ?? 0;

    private string[] PidFiles() =>
        Directory.GetFiles(Directory.CreateDirectory(Path.Combine(_directory.Path, "pids")).FullName)
            .Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal).ToArray();

    private Dictionary<string, string> EnvFile() =>
        File.ReadLines(Path.Combine(_directory.Path, "env")).Select(line => line.Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    private static async Task<int> StatusOf(string url)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(url + "/healthz/ready"));
        return (int)answer.StatusCode;
    }
}

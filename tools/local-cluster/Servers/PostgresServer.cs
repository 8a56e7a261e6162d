using Npgsql;
using Sluice.LocalCluster.Processes;

namespace Sluice.LocalCluster.Servers;

/// <summary>A private PostgreSQL: own data directory, own port on 127.0.0.1, no socket file.</summary>
internal sealed class PostgresServer
{
    public const string Name = "postgres-1";

    private const string User = "sluice";
    private const string Password = "sluice";
    private const string Database = "sluice";

    private readonly string _account;
    private readonly string _dataDirectory;
    private readonly string _programs;

    private PostgresServer(ServersOptions options, string dataDirectory, string account, int port)
    {
        _account = account;
        _dataDirectory = dataDirectory;
        _programs = ServerPrograms.PostgresDirectory();
        Uri = new Uri($"postgresql://{User}:{Password}@127.0.0.1:{port}/{Database}");
        Process = new SupervisedProcess(Spec(options, port), options.RestartWhenDead, options.Log);
    }

    /// <summary>Database <c>sluice</c>, owned by the server's superuser.</summary>
    public Uri Uri { get; }

    public SupervisedProcess Process { get; }

    /// <summary>Where an earlier start on this directory put the data.</summary>
    public static string DataPath(string root) =>
        Directory.Exists(Inside(root)) || !Posix.IsRoot ? Inside(root) : InHome(root);

    /// <summary>Prepares the data directory; nothing runs yet.</summary>
    public static async Task<PostgresServer> CreateAsync(ServersOptions options, CancellationToken cancellationToken)
    {
        var account = Posix.IsRoot ? "postgres" : Environment.UserName;
        var data = await PrepareDirectoryAsync(options.DataDirectory, cancellationToken);
        var server = new PostgresServer(options, data, account, FreePorts.Next());
        await server.InitializeAsync(cancellationToken);
        return server;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Process.StartAsync(cancellationToken);
        await WaitUntilReadyAsync(cancellationToken);
        await CreateDatabaseAsync(cancellationToken);
    }

    public Task WaitUntilReadyAsync(CancellationToken cancellationToken) =>
        Readiness.WaitAsync(Process, TryConnectAsync, TimeSpan.FromSeconds(60), cancellationToken);

    /// <summary>
    /// PostgreSQL refuses to run as root, so root runs it as <c>postgres</c>, who must be able to reach the
    /// directory. Below a closed home directory it cannot: the data then lies in that user's own home, under a name
    /// made of the path.
    /// </summary>
    private static async Task<string> PrepareDirectoryAsync(string root, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(root);
        if (!Posix.IsRoot)
        {
            return Inside(root);
        }

        string[] canEnter = [.. OneShot.As("postgres"), "test", "-x", root];
        var reachable = await OneShot.TryRunAsync("setpriv", canEnter, cancellationToken);
        var data = reachable ? Inside(root) : InHome(root);
        if (!Directory.Exists(data))
        {
            Directory.CreateDirectory(data);
            await OneShot.RunAsync("chown", ["postgres:postgres", data], cancellationToken);
        }

        return data;
    }

    private static string Inside(string root) => Path.Combine(root, "postgres");

    private static string InHome(string root) =>
        Path.Combine("/var/lib/postgresql", "sluice-" + StableName.Of(Path.GetFullPath(root)));

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(_dataDirectory, "PG_VERSION")))
        {
            return;
        }

        var passwordFile = Path.Combine(Path.GetTempPath(), "sluice-" + Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(passwordFile, Password + "\n", cancellationToken);
        try
        {
            string[] initialize =
            [
                Path.Combine(_programs, "initdb"), "-D", _dataDirectory, "-U", User, "-E", "UTF8", "--locale=C.UTF-8",
                "-A", "scram-sha-256", "--pwfile=" + passwordFile,
            ];
            await (Posix.IsRoot
                ? OneShot.RunAsync("setpriv", [.. OneShot.As(_account), .. initialize], cancellationToken)
                : OneShot.RunAsync(initialize[0], initialize[1..], cancellationToken));
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private ProcessSpec Spec(ServersOptions options, int port)
    {
        string[] settings =
        [
            "listen_addresses=127.0.0.1", $"port={port}", "unix_socket_directories=", "max_connections=400",
            .. options.PostgresSettings,
        ];
        return new ProcessSpec
        {
            Name = Name,
            DataDirectory = options.DataDirectory,
            FileName = Path.Combine(_programs, "postgres"),
            Arguments = ["-D", _dataDirectory, .. settings.SelectMany(setting => new[] { "-c", setting })],
            DroppedEnvironment = ["PG"],
            User = Posix.IsRoot ? _account : null,
            StopSignal = Signal.Interrupt,
            StopTimeout = TimeSpan.FromSeconds(20),
        };
    }

    private async Task<bool> TryConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(
                PostgresConnection.FromUri(PostgresConnection.WithDatabase(Uri, "postgres")));
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(
            PostgresConnection.FromUri(PostgresConnection.WithDatabase(Uri, "postgres")));
        await connection.OpenAsync(cancellationToken);
        await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
        try
        {
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            // A later start on the same data: the database and what is in it stay.
        }
    }
}

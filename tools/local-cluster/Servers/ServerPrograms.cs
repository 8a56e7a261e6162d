using System.Globalization;

namespace Sluice.LocalCluster.Servers;

/// <summary>Finds the servers' programs where Debian's packages put them, else on the PATH.</summary>
internal static class ServerPrograms
{
    /// <exception cref="FileNotFoundException">The package is not installed.</exception>
    public static string RabbitMqServer() =>
        OnPathOr("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server")
        ?? throw new FileNotFoundException("RabbitMQ is not installed: apt-get install rabbitmq-server");

    /// <summary>Erlang's port mapper, which comes with RabbitMQ; null leaves its start to RabbitMQ.</summary>
    public static string? PortMapper() => OnPathOr("epmd", "/usr/bin/epmd");

    /// <summary>Directory of <c>initdb</c> and <c>postgres</c>, of the newest version that is installed.</summary>
    /// <exception cref="FileNotFoundException">The package is not installed.</exception>
    public static string PostgresDirectory()
    {
        const string versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(versions)
            ? Directory.GetDirectories(versions)
                .Where(directory => File.Exists(Path.Combine(directory, "bin", "postgres")))
                .MaxBy(directory => decimal.TryParse(
                    Path.GetFileName(directory), CultureInfo.InvariantCulture, out var version) ? version : 0)
            : null;
        return newest is not null
            ? Path.Combine(newest, "bin")
            : Path.GetDirectoryName(OnPathOr("postgres", ""))
                ?? throw new FileNotFoundException("PostgreSQL is not installed: apt-get install postgresql-15");
    }

    /// <summary>The well-known place first: Debian's program on the PATH is a wrapper that changes the user.</summary>
    private static string? OnPathOr(string name, string wellKnown) =>
        File.Exists(wellKnown)
            ? wellKnown
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
                .Select(directory => Path.Combine(directory, name))
                .FirstOrDefault(File.Exists);
}

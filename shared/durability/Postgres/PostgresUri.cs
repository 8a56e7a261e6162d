using Npgsql;

namespace Sluice.Durability.Postgres;

/// <summary>
/// The one place where a <c>postgresql://</c> URI becomes an Npgsql connection string, which Npgsql does not do.
/// </summary>
public static class PostgresUri
{
    /// <param name="value">
    /// <c>postgresql://user:password@host:port/database?key=value</c> (user and password percent-encoded; the query
    /// takes Npgsql's keywords and libpq's <c>sslmode</c>), or an Npgsql connection string.
    /// </param>
    /// <exception cref="FormatException">The value is a URI without a host, or neither of the two forms.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        var isUri = value.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
            || value.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase);
        try
        {
            return isUri ? FromUri(new Uri(value)) : new NpgsqlConnectionStringBuilder(value);
        }
        catch (Exception exception) when (exception is UriFormatException or ArgumentException)
        {
            throw new FormatException(
            "ConnectionStrings:Postgres is neither postgresql://user:password@host:port/database "
                + "nor an Npgsql connection string.", exception);
        }
    }

    private static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        if (uri.Host.Length == 0)
        {
            throw new FormatException("ConnectionStrings:Postgres names no host.");
        }

        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Trim('[', ']'),
            Port = uri.IsDefaultPort || uri.Port <= 0 ? 5432 : uri.Port,
        };
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length == 2)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        var database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        if (database.Length > 0)
        {
            builder.Database = database;
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            builder[Keyword(Uri.UnescapeDataString(parts[0]))] = Uri.UnescapeDataString(
                parts.ElementAtOrDefault(1) ?? "");
        }

        return builder;
    }

    private static string Keyword(string name) => name switch
    {
        "sslmode" => "SSL Mode",
        "application_name" => "Application Name",
        "connect_timeout" => "Timeout",
        _ => name,
    };
}

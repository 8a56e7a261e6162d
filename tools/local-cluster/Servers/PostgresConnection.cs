using Npgsql;

namespace Sluice.LocalCluster.Servers;

/// <summary>Npgsql takes no <c>postgresql://</c> URI; this is where the cluster and the tests translate one.</summary>
public static class PostgresConnection
{
    /// <summary>Connection string of <c>postgresql://user:password@host:port/database</c>, not pooled.</summary>
    public static string FromUri(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var user = uri.UserInfo.Split(':', 2);
        var database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        return new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort,
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            Database = database.Length > 0 ? database : "postgres",
            Pooling = false,
            Timeout = 5,
        }.ConnectionString;
    }

    /// <summary>The same server and user, another database.</summary>
    public static Uri WithDatabase(Uri uri, string database) => new UriBuilder(uri) { Path = "/" + database }.Uri;
}

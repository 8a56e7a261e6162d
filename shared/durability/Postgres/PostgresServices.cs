using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.ServiceDefaults.Options;

namespace Sluice.Durability.Postgres;

public static class PostgresServices
{
    /// <summary>
    /// Registers one pooled <see cref="NpgsqlDataSource"/> from <c>ConnectionStrings:Postgres</c>. Every connection
    /// sets <c>statement_timeout</c>, <c>lock_timeout</c> and <c>idle_in_transaction_session_timeout</c>, and compiles
    /// no statements (<c>jit</c>) unless the connection string's options say so. May be called twice.
    /// </summary>
    public static IServiceCollection AddPostgres(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(NpgsqlDataSource)))
        {
            return services;
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddValidatedOptions<PostgresOptions>(PostgresOptions.Section);
        services.AddSingleton(provider => CreateDataSource(provider));
        return services;
    }

    /// <summary>
    /// Registers <typeparamref name="TDbContext"/> (scoped) over the data source of <see cref="AddPostgres"/>, so that
    /// EF Core and plain SQL share one pool and one set of time limits.
    /// </summary>
    public static IServiceCollection AddPostgresDbContext<TDbContext>(
        this IServiceCollection services, Action<DbContextOptionsBuilder>? configure = null)
        where TDbContext : DbContext
    {
        services.AddPostgres();
        return services.AddDbContext<TDbContext>((provider, options) =>
        {
            options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>());
            configure?.Invoke(options);
        });
    }

    /// <summary>
    /// The connection string of a process: what is configured, plus the bounds of <paramref name="options"/>.
    /// </summary>
    public static NpgsqlConnectionStringBuilder ConnectionString(
        string configured, PostgresOptions options, string application)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = PostgresUri.Parse(configured);
        builder.MaxPoolSize = options.MaxPoolSize;
        builder.Timeout = (int)options.ConnectTimeout.TotalSeconds;
        builder.ApplicationName ??= application;
        // Beyond the server's own limit the client gives up as well: a dead server answers nothing.
        builder.CommandTimeout = (int)Math.Ceiling(options.StatementTimeout.TotalSeconds) + 5;
        builder.KeepAlive = 10;

        // Some statements set the planner of their connection, and the next one must not have it.
        builder.NoResetOnClose = false;
        builder.MaxAutoPrepare = 100;
        builder.AutoPrepareMinUsages = 3;
        // The server compiles statements (LLVM) by their estimated cost, each execution anew: hundreds of milliseconds
        // of CPU where running one takes a few (ADR 0011). What the connection string says comes later, and counts.
        builder.Options = string.Join(' ',
            "-c jit=off",
            builder.Options,
            Setting("statement_timeout", options.StatementTimeout),
            Setting("lock_timeout", options.LockTimeout),
            Setting("idle_in_transaction_session_timeout", options.IdleInTransactionTimeout)).Trim();
        return builder;
    }

    private static NpgsqlDataSource CreateDataSource(IServiceProvider provider)
    {
        var configured = provider.GetRequiredService<IConfiguration>().GetConnectionString("Postgres");
        if (string.IsNullOrWhiteSpace(configured))
        {
            throw new InvalidOperationException("ConnectionStrings:Postgres is not set; "
                + "give it as postgresql://user:password@host:port/database.");
        }

        var application = provider.GetService<IHostEnvironment>()?.ApplicationName ?? "sluice";
        var options = provider.GetRequiredService<IOptions<PostgresOptions>>().Value;
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(configured, options, application).ConnectionString);
        if (provider.GetService<ILoggerFactory>() is { } loggers)
        {
            builder.UseLoggerFactory(loggers);
        }

        return builder.Build();
    }

    private static string Setting(string name, TimeSpan value) =>
        string.Create(CultureInfo.InvariantCulture, $"-c {name}={(long)value.TotalMilliseconds}");
}

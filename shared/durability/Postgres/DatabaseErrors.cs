using System.Net.Sockets;
using Npgsql;

namespace Sluice.Durability.Postgres;

/// <summary>Tells database errors apart by SqlState, never by message text.</summary>
public static class DatabaseErrors
{
    /// <summary>
    /// The server or the connection is away, or ended this connection: nothing is known about the work, and the same
    /// work can succeed when it is back.
    /// </summary>
    public static bool IsOutage(Exception? exception) => Any(exception, one => one switch
    {
        PostgresException postgres => postgres.SqlState is
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.TooManyConnections or "25P03"
            || postgres.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException npgsql => npgsql.InnerException is SocketException or IOException or TimeoutException,
        _ => false,
    });

    /// <summary>
    /// The statement lost against others (serialization, deadlock, lock wait, insert race): try again at once.
    /// </summary>
    public static bool IsConflict(Exception? exception) => Any(exception, one => one is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.UniqueViolation,
    });

    /// <summary><see cref="IsOutage"/> or <see cref="IsConflict"/> or a statement that ran out of time.</summary>
    public static bool IsTransient(Exception? exception) => IsOutage(exception) || IsConflict(exception)
        || Any(exception, one => one is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled });

    private static bool Any(Exception? exception, Func<Exception, bool> test)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            if (test(current)
                || (current is AggregateException many && many.InnerExceptions.Skip(1).Any(inner => Any(inner, test))))
            {
                return true;
            }
        }

        return false;
    }
}

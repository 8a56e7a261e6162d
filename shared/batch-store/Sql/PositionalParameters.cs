using Npgsql;
using NpgsqlTypes;

namespace Sluice.BatchStore.Sql;

/// <summary>Typed positional parameters ($1, $2, …) without boxing.</summary>
internal static class PositionalParameters
{
    public static NpgsqlCommand With<T>(this NpgsqlCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>Bytes, or SQL NULL.</summary>
    public static NpgsqlCommand WithBytes(this NpgsqlCommand command, ReadOnlyMemory<byte>? value)
    {
        NpgsqlParameter parameter = value is { } bytes
            ? new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Bytea }
            : new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea };
        command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>Text, or SQL NULL.</summary>
    public static NpgsqlCommand WithText(this NpgsqlCommand command, string? value)
    {
        command.Parameters.Add(
            new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return command;
    }

    /// <summary>A span of time, or SQL NULL.</summary>
    public static NpgsqlCommand WithInterval(this NpgsqlCommand command, TimeSpan? value)
    {
        command.Parameters.Add(
            new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval });
        return command;
    }
}

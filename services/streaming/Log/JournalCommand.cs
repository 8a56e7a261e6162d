using Npgsql;

namespace Sluice.Streaming.Log;

/// <summary>
/// A statement about the batches of a group that is executed again and again on one connection, with the same
/// parameters. Not thread-safe; done with when an execution has failed.
/// </summary>
internal sealed class JournalCommand : IAsyncDisposable
{
    private readonly JournalEntries _entries = new();
    private readonly NpgsqlParameter<Guid> _instance = new();
    private readonly NpgsqlParameter<long> _no = new();
    private readonly NpgsqlCommand _command;

    /// <param name="connection">Whose owner disposes it after this.</param>
    /// <param name="sql">Takes the instance, the group's number, the format, and <see cref="JournalEntries"/>.</param>
    public JournalCommand(NpgsqlConnection connection, string sql)
    {
        _command = new NpgsqlCommand(sql, connection);
        _command.Parameters.Add(_instance);
        _command.Parameters.Add(_no);
        _command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = LogFormat.Version });
        _entries.AddTo(_command.Parameters);
    }

    /// <summary>Rows that it wrote.</summary>
    public async Task<int> ExecuteAsync(Guid instance, long no, List<LogBatch> group, CancellationToken cancellation)
    {
        (_instance.TypedValue, _no.TypedValue) = (instance, no);
        _entries.Add(group);
        var rows = await _command.ExecuteNonQueryAsync(cancellation);
        _entries.Clear();
        return rows;
    }

    public ValueTask DisposeAsync() => _command.DisposeAsync();
}

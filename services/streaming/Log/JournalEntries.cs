using Npgsql;

namespace Sluice.Streaming.Log;

/// <summary>
/// Batches as the columns that a statement takes them in, one list each; the lists are used again for every commit.
/// </summary>
internal sealed class JournalEntries
{
    private readonly List<DateOnly> _days = [];
    private readonly List<Guid> _ids = [];
    private readonly List<long> _seqs = [];
    private readonly List<int> _counts = [];
    private readonly List<ReadOnlyMemory<byte>> _payloads = [];

    /// <summary>Takes those batches that have no row of their own.</summary>
    public void Add(List<LogBatch> group)
    {
        foreach (var batch in group)
        {
            if (batch.Row is null)
            {
                _days.Add(batch.Response.Key.Day);
                _ids.Add(batch.Response.Key.Id);
                _seqs.Add(batch.Seq);
                _counts.Add(batch.Count);
                _payloads.Add(batch.Payload);
            }
        }
    }

    /// <summary>Lets go of all batches.</summary>
    public void Clear()
    {
        _days.Clear();
        _ids.Clear();
        _seqs.Clear();
        _counts.Clear();
        _payloads.Clear();
    }

    /// <summary>Days, ids, positions, counts, events; what they hold is read at each execution.</summary>
    public void AddTo(NpgsqlParameterCollection parameters)
    {
        parameters.Add(new NpgsqlParameter<List<DateOnly>> { TypedValue = _days });
        parameters.Add(new NpgsqlParameter<List<Guid>> { TypedValue = _ids });
        parameters.Add(new NpgsqlParameter<List<long>> { TypedValue = _seqs });
        parameters.Add(new NpgsqlParameter<List<int>> { TypedValue = _counts });
        parameters.Add(new NpgsqlParameter<List<ReadOnlyMemory<byte>>> { TypedValue = _payloads });
    }
}

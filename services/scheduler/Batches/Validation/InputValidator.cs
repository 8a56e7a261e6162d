namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// Checks an input file that is fed to it in pieces of any size, and cuts it into shards. Holds at most one line
/// (<see cref="ValidationOptions.MaxLineBytes"/>), the bounded list of errors, and a hash per line. Not thread-safe.
/// </summary>
internal sealed class InputValidator(LineRule check, int shardLines, ValidationOptions options)
{
    private readonly CustomIds _customIds = new();
    private readonly List<LineError> _errors = [];
    private readonly ShardCutter _cutter = new(shardLines, options.ShardBytes);

    // The start of a line whose end was not fed yet. A line past the limit is only counted.
    private readonly int _keptLimit = options.MaxLineBytes + ByteOrderMark.Length + 1;
    private byte[] _kept = [];
    private int _keptBytes;
    private bool _tooLong;
    private long _lineStart;
    private long _lineBytes;

    /// <summary>
    /// The first errors, at most <see cref="ValidationOptions.MaxErrors"/>; one that stops the check or is of the whole
    /// file takes the last place when there is none left.
    /// </summary>
    public IReadOnlyList<LineError> Errors => _errors;

    /// <summary>All errors, also those beyond the list.</summary>
    public long ErrorCount { get; private set; }

    /// <summary>Physical lines seen.</summary>
    public int Lines { get; private set; }

    /// <summary>True when nothing that follows can change the outcome: the file has too many lines.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The shards; worth storing only while <see cref="ErrorCount"/> is 0.</summary>
    public ShardCutter Shards => _cutter;

    /// <summary>Takes the next bytes of the file.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !Stopped)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (end < 0)
            {
                Keep(bytes);
                return;
            }

            if (_lineBytes == 0)
            {
                _lineBytes = end;
                EndLine(bytes[..end], lineEnd: 1);
            }
            else
            {
                Keep(bytes[..end]);
                EndLine(_kept.AsSpan(0, _keptBytes), lineEnd: 1);
            }

            bytes = bytes[(end + 1)..];
        }
    }

    /// <summary>The file has ended: checks a last line without a line end, and closes the last shard.</summary>
    public void Complete()
    {
        var last = _kept.AsSpan(0, _keptBytes);
        var onlyMark = Lines == 0 && last.SequenceEqual(ByteOrderMark);
        if (_lineBytes > 0 && !onlyMark && !Stopped)
        {
            EndLine(last, lineEnd: 0);
        }

        if (Lines == 0 && ErrorCount == 0)
        {
            Report(new(null, LineErrorCode.EmptyFile, "The input file has no lines."));
        }

        _cutter.Close();
    }

    /// <summary>Records an error of the whole file, found by the reader of it.</summary>
    public void Fail(string code, string message) => Report(new(null, code, message));

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _lineBytes += bytes.Length;

        // A byte order mark at the start and a carriage return at the end do not count.
        if (_tooLong || _keptBytes + bytes.Length > _keptLimit)
        {
            _tooLong = true;
            _keptBytes = 0;
            return;
        }

        if (_kept.Length < _keptBytes + bytes.Length)
        {
            var size = Math.Max(_kept.Length * 2, Math.Max(4096, _keptBytes + bytes.Length));
            Array.Resize(ref _kept, Math.Min(size, _keptLimit));
        }

        bytes.CopyTo(_kept.AsSpan(_keptBytes));
        _keptBytes += bytes.Length;
    }

    private void EndLine(ReadOnlySpan<byte> line, int lineEnd)
    {
        Lines++;
        var start = _lineStart;
        var bytes = _lineBytes + lineEnd;
        if (Lines == 1 && line.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
            start += ByteOrderMark.Length;
            bytes -= ByteOrderMark.Length;
        }

        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        CheckLine(line, start, bytes);
        _lineStart += _lineBytes + lineEnd;
        _lineBytes = 0;
        _keptBytes = 0;
        _tooLong = false;
    }

    private void CheckLine(ReadOnlySpan<byte> line, long start, long bytes)
    {
        if (Lines > options.MaxLines)
        {
            Stopped = true;
            Report(new(Lines, LineErrorCode.TooManyLines, $"The input file has more than {options.MaxLines} lines."));
            return;
        }

        if (_tooLong || line.Length > options.MaxLineBytes)
        {
            Report(new(
                Lines,
                LineErrorCode.LineTooLong,
                $"The line has {_lineBytes} bytes; at most {options.MaxLineBytes} are supported."));
            return;
        }

        if (line.IndexOfAnyExcept(" \t\r"u8) < 0)
        {
            Report(new(Lines, LineErrorCode.BlankLine, "The line is blank."));
            return;
        }

        if (check(line, out var customId) is { } problem)
        {
            Report(new(Lines, problem.Code, problem.Message, problem.Param));
        }
        else if (!_customIds.TryAdd(customId, Lines, out var earlier))
        {
            Report(new(
                Lines, LineErrorCode.DuplicateCustomId, $"Line {earlier} has the same 'custom_id'.", "custom_id"));
        }
        else if (ErrorCount == 0)
        {
            _cutter.Add(Lines, start, bytes);
        }
    }

    private void Report(LineError error)
    {
        ErrorCount++;
        if (_errors.Count < options.MaxErrors)
        {
            _errors.Add(error);
        }
        else if (error.Line is null || Stopped)
        {
            // Why the validation stopped must be seen, however many lines are bad before.
            _errors[^1] = error;
        }
    }
}

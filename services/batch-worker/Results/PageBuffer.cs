using System.Buffers;
using Sluice.BatchStore.DeadLetters;
using Sluice.BatchStore.Results;
using Sluice.BatchWorker.Lines;

namespace Sluice.BatchWorker.Results;

/// <summary>Results that will commit together. Reused; not thread-safe.</summary>
internal sealed class PageBuffer
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly ArrayBufferWriter<byte> _error = new();
    private readonly List<int> _outputLines = [];
    private readonly List<int> _errorLines = [];
    private readonly List<LineLetter> _letters = [];
    private long _promptTokens;
    private long _completionTokens;
    private int _retries;
    private string? _retryCause;

    public int Lines => _outputLines.Count + _errorLines.Count;

    public int Completed => _outputLines.Count;

    public int Failed => _errorLines.Count;

    /// <summary>Why its lines failed, for the metric.</summary>
    public IEnumerable<string> Causes => _letters.Select(letter => letter.Code);

    public int Bytes => _output.WrittenCount + _error.WrittenCount;

    public void Add(Guid batchId, in LineOrigin origin, in LineResult result)
    {
        var number = origin.Number;
        var customId = origin.CustomId.Span;
        var isOutput = result.Kind == ResultKind.Output;
        var body = isOutput ? _output : _error;
        if (result.Code is { } code)
        {
            ResultLine.WriteError(body, batchId, number, customId, code, result.Message!, result.Failed);
        }
        else
        {
            ResultLine.WriteResponse(
                body, batchId, number, customId, result.Status, null, result.Body.Span,
                isOutput ? null : result.Failed);
        }

        if (result.Failed is { } failed)
        {
            // The last attempt of a line that failed was no retry that anything followed.
            _retries += isOutput ? failed.Count : failed.Count - 1;
            _retryCause = failed.Causes[^1];
        }

        (isOutput ? _outputLines : _errorLines).Add(number);
        if (!isOutput)
        {
            _letters.Add(LineFailure.Letter(origin, result));
        }

        _promptTokens += result.PromptTokens;
        _completionTokens += result.CompletionTokens;
    }

    /// <summary>The page over this buffer's memory: valid until <see cref="Clear"/>.</summary>
    public ResultPage ToPage(int no, bool last) => new()
    {
        No = no,
        OutputLines = [.. _outputLines],
        Output = _output.WrittenMemory,
        ErrorLines = [.. _errorLines],
        Error = _error.WrittenMemory,
        Letters = _letters,
        PromptTokens = _promptTokens,
        CompletionTokens = _completionTokens,
        Retries = _retries,
        RetryCause = _retryCause,
        Last = last,
    };

    public void Clear()
    {
        _output.ResetWrittenCount();
        _error.ResetWrittenCount();
        _outputLines.Clear();
        _errorLines.Clear();
        _letters.Clear();
        (_promptTokens, _completionTokens, _retries, _retryCause) = (0, 0, 0, null);
    }
}

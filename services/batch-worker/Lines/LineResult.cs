using Sluice.BatchStore.Results;

namespace Sluice.BatchWorker.Lines;

/// <summary>
/// The final result of a line: an answer of the provider (<see cref="Body"/> set), or an error (<see cref="Code"/>
/// set).
/// </summary>
internal readonly record struct LineResult
{
    public required ResultKind Kind { get; init; }

    /// <summary>HTTP status of the provider's answer.</summary>
    public int Status { get; init; }

    /// <summary>Raw JSON of the provider's answer.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    public string? Code { get; init; }

    public string? Message { get; init; }

    /// <summary>Calls of a provider, the last one included; 0 when there was none.</summary>
    public int Attempts { get; init; }

    public long PromptTokens { get; init; }

    public long CompletionTokens { get; init; }

    /// <summary>The attempts that failed; null for none.</summary>
    public FailedAttempts? Failed { get; init; }

    public static LineResult Error(string code, string message) =>
        new() { Kind = ResultKind.Error, Code = code, Message = message };
}

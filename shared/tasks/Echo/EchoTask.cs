using System.Diagnostics.CodeAnalysis;
using Sluice.Inference.Providers;

namespace Sluice.Tasks.Echo;

/// <summary>
/// <c>echo</c>: answers with its data, any JSON value. Shows that the machinery works, and what a task costs.
/// </summary>
internal sealed class EchoTask : ITaskHandler
{
    /// <summary>It holds nothing and waits for nothing.</summary>
    private const int MaxConcurrency = 10_000;

    public string Type => "echo";

    public TaskProblem? Check(ReadOnlyMemory<byte> data) => null;

    public bool TryPrepare(
        in TaskInput input,
        [NotNullWhen(true)] out TaskCall? prepared,
        [NotNullWhen(false)] out TaskProblem? problem)
    {
        var answer = new ModelAnswer { Status = 200, Body = input.Data };
        prepared = new($"task:{Type}", MaxConcurrency, _ => ValueTask.FromResult(answer));
        problem = null;
        return true;
    }
}

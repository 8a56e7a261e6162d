using System.Diagnostics.CodeAnalysis;

namespace Sluice.Tasks;

/// <summary>
/// One kind of task: a new kind is one class that implements this and is registered with
/// <see cref="TaskServices.AddTaskHandler{T}"/>. The scheduler asks it about data before anything is stored, a worker
/// asks it again and runs what it prepares. One instance per process; thread-safe.
/// </summary>
public interface ITaskHandler
{
    /// <summary>
    /// Name in <c>type</c> of a task: 1 to 64 lower-case letters, digits, <c>.</c>, <c>_</c> or <c>-</c>.
    /// </summary>
    string Type { get; }

    /// <summary>
    /// The path whose batches it runs as well, such as <c>/v1/embeddings</c>; its answers tell their tokens in
    /// <c>usage</c>. Null for a kind of task that is no endpoint of the OpenAI API.
    /// </summary>
    string? Endpoint => null;

    /// <summary>Why data cannot be run, whoever asks and whenever; null when it can.</summary>
    /// <param name="data">Any JSON value, UTF-8.</param>
    TaskProblem? Check(ReadOnlyMemory<byte> data);

    /// <summary>Makes the call that runs a task. Does no work of its own: that is the call's.</summary>
    /// <param name="input">A task; its data may never have been checked.</param>
    /// <param name="prepared">The call, when the result is true.</param>
    /// <param name="problem">Why there is none, when the result is false: the task fails for good.</param>
    bool TryPrepare(
        in TaskInput input,
        [NotNullWhen(true)] out TaskCall? prepared,
        [NotNullWhen(false)] out TaskProblem? problem);
}

using Sluice.Inference.Providers;

namespace Sluice.Tasks;

/// <summary>
/// What runs one task: an attempt that may be made again until its answer is final. The one who runs it bounds how many
/// calls are open at a resource, and decides on attempts: 408, 429, 5xx and failures are tried again.
/// </summary>
/// <param name="resource">
/// What it calls: a provider's name, or <c>task:</c> and what a type calls; calls of one resource share its slots.
/// </param>
/// <param name="maxConcurrency">Calls that this process may have open there.</param>
/// <param name="attempt">
/// Makes one attempt. A refusal or a failure is a value, a body of status 2xx is a JSON value, and the only exception
/// is that of a cancelled token.
/// </param>
public sealed class TaskCall(
    string resource, int maxConcurrency, Func<CancellationToken, ValueTask<ModelAnswer>> attempt)
{
    public string Resource => resource;

    public int MaxConcurrency => maxConcurrency;

    /// <summary>
    /// Failures in a row mean that what it calls is down, and is left in peace. False for a model's: its provider's
    /// options say.
    /// </summary>
    public bool IsSpared { get; init; }

    /// <summary>Makes one attempt.</summary>
    /// <exception cref="OperationCanceledException">Only for <paramref name="cancellation"/>.</exception>
    public ValueTask<ModelAnswer> AttemptAsync(CancellationToken cancellation) => attempt(cancellation);
}

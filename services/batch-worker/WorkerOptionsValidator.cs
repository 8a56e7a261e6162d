using Microsoft.Extensions.Options;

namespace Sluice.BatchWorker;

/// <summary>Relations between settings that a range on one of them cannot say.</summary>
internal sealed class WorkerOptionsValidator : IValidateOptions<WorkerOptions>
{
    public ValidateOptionsResult Validate(string? name, WorkerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        if (options.RetryDelay > options.MaxRetryDelay)
        {
            errors.Add($"Worker:RetryDelay ({options.RetryDelay}) must not be above Worker:MaxRetryDelay "
                + $"({options.MaxRetryDelay}).");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}

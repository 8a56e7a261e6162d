using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.Jobs;

/// <summary>What the ranges of <see cref="JobOptions"/> cannot say.</summary>
internal sealed class JobOptionsValidator : IValidateOptions<JobOptions>
{
    public ValidateOptionsResult Validate(string? name, JobOptions options) =>
        options.Window.Ticks % TimeSpan.TicksPerMinute == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Jobs:Window ({options.Window}) must be whole minutes.");
}

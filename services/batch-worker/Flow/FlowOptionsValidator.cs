using Microsoft.Extensions.Options;

namespace Sluice.BatchWorker.Flow;

/// <summary>Relations between settings that a range on one of them cannot say.</summary>
internal sealed class FlowOptionsValidator : IValidateOptions<FlowOptions>
{
    public ValidateOptionsResult Validate(string? name, FlowOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        if (options.MinConcurrency > options.InitialConcurrency)
        {
            errors.Add($"Flow:MinConcurrency ({options.MinConcurrency}) must not be above "
                + $"Flow:InitialConcurrency ({options.InitialConcurrency}).");
        }

        if (options.ParkFor > options.MaxParkFor)
        {
            errors.Add($"Flow:ParkFor ({options.ParkFor}) must not be above Flow:MaxParkFor "
                + $"({options.MaxParkFor}).");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}

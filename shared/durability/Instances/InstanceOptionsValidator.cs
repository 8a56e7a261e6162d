using Microsoft.Extensions.Options;

namespace Sluice.Durability.Instances;

internal sealed class InstanceOptionsValidator : IValidateOptions<InstanceOptions>
{
    public ValidateOptionsResult Validate(string? name, InstanceOptions options) =>
        options.Lease >= 3 * options.RenewEvery
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Instances:Lease ({options.Lease}) must be at least three times "
                + $"Instances:RenewEvery ({options.RenewEvery}), or one slow renewal costs the work.");
}

using Microsoft.Extensions.Options;

namespace Sluice.Durability.Outbox;

internal sealed class OutboxOptionsValidator : IValidateOptions<OutboxOptions>
{
    public ValidateOptionsResult Validate(string? name, OutboxOptions options)
    {
        var errors = new List<string>();
        if (options.Lease <= options.PublishTimeout)
        {
            errors.Add($"Outbox:Lease ({options.Lease}) must be above Outbox:PublishTimeout "
                + $"({options.PublishTimeout}), "
                + "or another relay publishes the same rows.");
        }

        if (options.PollMax < options.PollMin)
        {
            errors.Add($"Outbox:PollMax ({options.PollMax}) is below Outbox:PollMin ({options.PollMin}).");
        }

        if (options.BackOffMax < options.BackOffMin)
        {
            errors.Add($"Outbox:BackOffMax ({options.BackOffMax}) is below Outbox:BackOffMin ({options.BackOffMin}).");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}

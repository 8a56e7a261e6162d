using Microsoft.Extensions.Options;

namespace Sluice.Durability.Messaging;

internal sealed class MessagingOptionsValidator : IValidateOptions<MessagingOptions>
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRedelivery = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, MessagingOptions options)
    {
        var errors = new List<string>();
        if (options.ConsumerStopTimeout > options.StopTimeout)
        {
            errors.Add($"Messaging:ConsumerStopTimeout ({options.ConsumerStopTimeout}) is above Messaging:StopTimeout "
                + $"({options.StopTimeout}).");
        }

        errors.AddRange(options.Nodes.Where(node => !IsAddress(node)).Select(
            node => $"Messaging:Nodes: '{node}' is not host:port."));
        Check(errors, "RetryIntervals", options.Retries, LongestRetry);
        Check(errors, "RedeliveryIntervals", options.Redeliveries, LongestRedelivery);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static bool IsAddress(string node) =>
        Uri.TryCreate($"amqp://{node}", UriKind.Absolute, out var uri)
        && uri.Port > 0 && string.Equals(uri.Authority, node, StringComparison.OrdinalIgnoreCase);

    private static void Check(List<string> errors, string key, TimeSpan[] intervals, TimeSpan longest)
    {
        for (var i = 0; i < intervals.Length; i++)
        {
            if (intervals[i] < TimeSpan.Zero || intervals[i] > longest)
            {
                errors.Add($"Messaging:{key}:{i} ({intervals[i]}) is not between 0 and {longest}.");
            }
        }
    }
}

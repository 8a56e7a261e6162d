using System.Net;
using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.Webhooks;

/// <summary>Refuses what is no network: it would allow nothing, or more than was meant.</summary>
internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        for (var i = 0; i < options.AllowedNetworks.Count; i++)
        {
            if (!IPNetwork.TryParse(options.AllowedNetworks[i], out _))
            {
                errors.AddError(
                    $"Webhooks:AllowedNetworks:{i} '{options.AllowedNetworks[i]}' is no network; give an address and "
                    + "the length of its prefix: 10.0.0.0/8.");
            }
        }

        for (var i = 0; i < options.SecretKeys.Count; i++)
        {
            var key = new byte[WebhookSecrets.KeyBytes];
            if (!Convert.TryFromBase64String(options.SecretKeys[i], key, out var length) || length != key.Length)
            {
                errors.AddError(
                    $"Webhooks:SecretKeys:{i} is not the Base64 of {key.Length} bytes; make one with "
                    + "'openssl rand -base64 32'.");
            }
        }

        if (options.MaxRetryDelay < options.RetryDelay)
        {
            errors.AddError(
                $"Webhooks:MaxRetryDelay {options.MaxRetryDelay} is shorter than Webhooks:RetryDelay "
                + $"{options.RetryDelay}.");
        }

        return errors.Build();
    }
}

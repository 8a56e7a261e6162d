using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Hosting;

namespace Sluice.ServiceDefaults.Internal;

/// <summary>
/// Refuses a listener that cannot be bound, and the public development secret anywhere but in Development.
/// </summary>
internal sealed class InternalOptionsValidator(IHostEnvironment environment) : IValidateOptions<InternalOptions>
{
    public ValidateOptionsResult Validate(string? name, InternalOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        if (ListenerExtensions.RefuseListenerUrl(options.Url, ListenerKind.Internal) is { } refusal)
        {
            errors.AddError($"Internal:Url {refusal}");
        }

        if (!environment.IsDevelopment() && options.Secret == InternalOptions.DevelopmentSecret)
        {
            errors.AddError("Internal:Secret is the development secret, which everybody knows; set one of your own.");
        }

        return errors.Build();
    }
}

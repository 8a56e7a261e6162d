using Microsoft.Extensions.Options;

namespace Sluice.Gateway.Routing;

/// <summary>Refuses what no browser would send as an origin; it would never match.</summary>
internal sealed class CorsOptionsValidator : IValidateOptions<CorsOptions>
{
    public ValidateOptionsResult Validate(string? name, CorsOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        for (var i = 0; i < options.Origins.Count; i++)
        {
            var origin = options.Origins[i];
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
                || !string.Equals(uri.GetLeftPart(UriPartial.Authority), origin, StringComparison.OrdinalIgnoreCase))
            {
                errors.AddError(
                    $"Cors:Origins:{i} '{origin}' is no origin; give scheme, host and port: https://a.example.org.");
            }
        }

        return errors.Build();
    }
}

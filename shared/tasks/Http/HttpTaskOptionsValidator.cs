using Microsoft.Extensions.Options;

namespace Sluice.Tasks.Http;

/// <summary>Refuses entries that no URL would ever match.</summary>
internal sealed class HttpTaskOptionsValidator : IValidateOptions<HttpTaskOptions>
{
    private const int MaxHosts = 1_000;

    public ValidateOptionsResult Validate(string? name, HttpTaskOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new ValidateOptionsResultBuilder();
        if (options.AllowedHosts.Count > MaxHosts)
        {
            errors.AddError($"{HttpTaskOptions.Section}:AllowedHosts has more than {MaxHosts} entries.");
        }

        for (var i = 0; i < options.AllowedHosts.Count; i++)
        {
            if (AllowedHost.Parse(options.AllowedHosts[i]) is null)
            {
                errors.AddError(
                    $"{HttpTaskOptions.Section}:AllowedHosts:{i} '{options.AllowedHosts[i]}' is no host; "
                    + "give a name with or without a port, or '*.' and a domain.");
            }
        }

        return errors.Build();
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Sluice.ServiceDefaults.Options;

public static class OptionsRegistration
{
    /// <summary>
    /// Binds <typeparamref name="TOptions"/> to a configuration section, validates its data annotations (and any <see
    /// cref="IValidateOptions{TOptions}"/>) when the host starts, refuses keys the class does not have, and has the
    /// effective values logged once.
    /// </summary>
    /// <exception cref="OptionsValidationException">At start, naming every offending key.</exception>
    /// <exception cref="InvalidOperationException">At start, naming a key that the class does not have.</exception>
    public static OptionsBuilder<TOptions> AddValidatedOptions<TOptions>(
        this IServiceCollection services, string section)
        where TOptions : class
    {
        services.AddSingleton(new RegisteredOptions(
            section, provider => provider.GetRequiredService<IOptions<TOptions>>().Value));
        return services.AddOptions<TOptions>()
            .BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateDataAnnotations()
            .ValidateOnStart();
    }
}

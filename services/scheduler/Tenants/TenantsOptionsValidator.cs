using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.Tenants;

/// <summary>Checks the settings of every tenant and reports all faults at once.</summary>
internal sealed class TenantsOptionsValidator : IValidateOptions<TenantsOptions>
{
    public ValidateOptionsResult Validate(string? name, TenantsOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        Check("Tenants:Default", options.Default, errors);
        foreach (var (tenant, settings) in options.Named)
        {
            Check($"Tenants:Named:{tenant}", settings, errors);
        }

        return errors.Build();
    }

    private static void Check(string section, TenantOptions settings, ValidateOptionsResultBuilder errors)
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(settings, new(settings), faults, validateAllProperties: true);
        foreach (var fault in faults)
        {
            errors.AddError($"{section}: {fault.ErrorMessage}");
        }
    }
}

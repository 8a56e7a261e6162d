using System.Buffers;
using Microsoft.Extensions.Options;

namespace Sluice.Gateway.Identity;

/// <summary>Checks all keys and reports every fault at once; never quotes a hash.</summary>
internal sealed class IdentityOptionsValidator : IValidateOptions<IdentityOptions>
{
    private const int MaxKeys = 10_000;
    private const int MaxTenantLength = 64;
    private const int HashLength = 64;

    private static readonly SearchValues<char> TenantCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    public ValidateOptionsResult Validate(string? name, IdentityOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        if (options.Keys.Count == 0)
        {
            errors.AddError(
                "Identity:Keys is empty, so nobody could call; set Identity:Keys:0:Sha256, :Tenant and :Rights:0.");
        }

        if (options.Keys.Count > MaxKeys)
        {
            errors.AddError($"Identity:Keys has {options.Keys.Count} entries; at most {MaxKeys} are allowed.");
        }

        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (entry, key) in options.Keys)
        {
            CheckHash($"Identity:Keys:{entry}", key, owners, errors);
            CheckTenant($"Identity:Keys:{entry}", key, errors);
            CheckRights($"Identity:Keys:{entry}", key, errors);
        }

        return errors.Build();
    }

    private static void CheckHash(
        string entry, KeyOptions key, Dictionary<string, string> owners, ValidateOptionsResultBuilder errors)
    {
        if (key.Sha256.Length != HashLength || key.Sha256.AsSpan().ContainsAnyExcept(HexDigits))
        {
            errors.AddError($"{entry}:Sha256 is not 64 hex digits; set the SHA-256 of the key, not the key.");
        }
        else if (!owners.TryAdd(key.Sha256, entry))
        {
            errors.AddError($"{entry}:Sha256 is the same as that of {owners[key.Sha256]}; a key belongs to one entry.");
        }
    }

    private static void CheckTenant(string entry, KeyOptions key, ValidateOptionsResultBuilder errors)
    {
        if (key.Tenant.Length is 0 or > MaxTenantLength || key.Tenant.AsSpan().ContainsAnyExcept(TenantCharacters))
        {
            errors.AddError(
                $"{entry}:Tenant '{key.Tenant}' is not 1 to {MaxTenantLength} letters, digits, '.', '_' or '-'.");
        }
    }

    private static void CheckRights(string entry, KeyOptions key, ValidateOptionsResultBuilder errors)
    {
        if (key.Rights.Count == 0)
        {
            errors.AddError($"{entry}:Rights is empty; give any of {RightNames.All}.");
        }

        foreach (var right in key.Rights.Where(right => !RightNames.TryParse(right, out _)))
        {
            errors.AddError($"{entry}:Rights has the unknown right '{right}'; known are {RightNames.All}.");
        }
    }
}

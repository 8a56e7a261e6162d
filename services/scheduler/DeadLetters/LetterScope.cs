using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>
/// Whose dead letters a caller reaches: a tenant those of its own lines and shards; an operator all tenants', and the
/// messages of the infrastructure.
/// </summary>
/// <param name="Tenant">Null for an operator.</param>
internal sealed record LetterScope(string? Tenant)
{
    public static LetterScope Of(HttpContext http) => new(http.HasRight("operator") ? null : http.Tenant());
}

namespace Sluice.Gateway.Identity;

/// <summary>Who a key belongs to and what it may do.</summary>
internal sealed record KeyHolder(string Tenant, Rights Rights);

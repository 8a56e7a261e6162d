namespace Sluice.ServiceDefaults.Net;

/// <summary>A name that a caller gave has no public address.</summary>
public sealed class PrivateAddressException(string host)
    : IOException($"'{host}' is an address of a private network, or has none but such.");

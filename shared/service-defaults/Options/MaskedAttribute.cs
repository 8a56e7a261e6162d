namespace Sluice.ServiceDefaults.Options;

/// <summary>
/// Marks an option whose value is never logged. Names that contain Secret, Password, ApiKey or ConnectionString are
/// masked without it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MaskedAttribute : Attribute;

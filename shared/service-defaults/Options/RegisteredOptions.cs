namespace Sluice.ServiceDefaults.Options;

/// <summary>One options class of the process: where it is configured and how to get its value.</summary>
internal sealed record RegisteredOptions(string Section, Func<IServiceProvider, object> Value);

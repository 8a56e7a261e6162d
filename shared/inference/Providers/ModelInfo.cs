using Sluice.Inference.Options;

namespace Sluice.Inference.Providers;

/// <summary>A model as the catalog shows it.</summary>
/// <param name="Id">The name callers use.</param>
/// <param name="Provider">Name of the provider that serves it, the first of several.</param>
/// <param name="Continuation">How its providers can go on with an interrupted answer.</param>
public sealed record ModelInfo(string Id, string Provider, Continuation Continuation);

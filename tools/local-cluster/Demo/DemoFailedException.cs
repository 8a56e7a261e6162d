namespace Sluice.LocalCluster.Demo;

/// <summary>Sluice answered something else than the demo expects.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);

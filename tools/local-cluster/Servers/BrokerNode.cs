using Sluice.LocalCluster.Processes;

namespace Sluice.LocalCluster.Servers;

/// <summary>A node of the private broker.</summary>
/// <param name="Name">By which the management API names it.</param>
/// <param name="Uri"><c>amqp://user:password@host:port/</c>.</param>
/// <param name="ManagementUri"><c>http://user:password@host:port</c>.</param>
/// <param name="Process">Kill, freeze, stop and start it here.</param>
public sealed record BrokerNode(string Name, Uri Uri, Uri ManagementUri, SupervisedProcess Process);

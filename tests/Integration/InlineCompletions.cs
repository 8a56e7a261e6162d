using System.Runtime.CompilerServices;

namespace Sluice.Tests.Integration;

/// <summary>
/// Services that have a database share this process with gateways, which would make all its sockets complete inline:
/// as processes of their own they do not, for a query that is cancelled may block its thread.
/// </summary>
internal static class InlineCompletions
{
    [ModuleInitializer]
    internal static void TurnOff() =>
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "0");
}

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>Which of the process's listeners accepted a connection.</summary>
public enum ListenerKind
{
    /// <summary>Health, metrics and the internal hop.</summary>
    Internal,

    /// <summary>The public surface; only the gateway has one.</summary>
    Public,
}

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>Which of the process's listeners accepted a connection.</summary>
public enum ListenerKind
{
    /// <summary>Health, metrics and the internal hop.</summary>
    Internal,

    /// <summary>The public surface; only the gateway has one.</summary>
    Public,

    /// <summary>The internal hop over HTTP/2 without TLS; where many streams share a connection.</summary>
    Http2,
}

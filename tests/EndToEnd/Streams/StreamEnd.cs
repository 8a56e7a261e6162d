namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>How reading a connection came to its end.</summary>
internal enum StreamEnd
{
    /// <summary>As many events as were asked for; the connection is still open.</summary>
    Reached,

    /// <summary>The server ended the stream in order.</summary>
    Closed,

    /// <summary>The connection was reset, or ended within the body.</summary>
    Broken,
}

namespace Sluice.Streaming.Sse;

/// <summary>The form in which a reader gets the events of a response.</summary>
internal enum StreamForm
{
    /// <summary>That of the API that made the response.</summary>
    OfSurface,

    /// <summary>Our own, for browsers.</summary>
    Native,

    /// <summary>
    /// As <see cref="OfSurface"/>, for another instance's follower: only as long as the response is generated here.
    /// </summary>
    Followed,
}

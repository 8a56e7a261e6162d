namespace Sluice.Streaming.Streams;

/// <summary>Lets its holder read one response, as <c>?token=</c>, where no header can be sent.</summary>
/// <param name="Token">Opaque.</param>
/// <param name="ExpiresAt">Unix seconds; a stream that has begun goes on after it.</param>
internal sealed record ReadToken(string Token, long ExpiresAt);

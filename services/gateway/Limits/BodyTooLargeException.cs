namespace Sluice.Gateway.Limits;

/// <summary>A body without Content-Length went over its bound while it was forwarded.</summary>
internal sealed class BodyTooLargeException(string message)
    : BadHttpRequestException(message, StatusCodes.Status413PayloadTooLarge);

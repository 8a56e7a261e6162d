namespace Sluice.Inference.Chat;

/// <summary>Why a request body is refused.</summary>
/// <param name="Message">A sentence that names the thing.</param>
/// <param name="Param">The field at fault as a path (<c>messages[0].role</c>); null when the body itself is
/// malformed.</param>
public sealed record ChatRequestError(string Message, string? Param);

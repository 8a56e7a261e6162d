namespace Sluice.ServiceDefaults.Errors;

/// <summary>Values of <c>error.type</c> of the OpenAI surface.</summary>
public static class OpenAiErrorType
{
    public const string InvalidRequest = "invalid_request_error";
    public const string Authentication = "authentication_error";
    public const string Permission = "permission_error";
    public const string NotFound = "not_found_error";
    public const string RateLimit = "rate_limit_error";
    public const string Server = "server_error";
}

using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Api;

/// <summary>A refusal of <c>/api/*</c> as a result: problem details (RFC 9457).</summary>
internal sealed class Problem(OpenAiErrorResult refusal) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => httpContext.WriteErrorAsync(refusal);
}

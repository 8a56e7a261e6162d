using Microsoft.AspNetCore.Http.HttpResults;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Api;

/// <summary>Gives the refusals of a group under <c>/api</c> their form there: problem details.</summary>
internal sealed class ProblemFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        if (result is not OpenAiErrorResult refusal)
        {
            return result;
        }

        await context.HttpContext.WriteErrorAsync(refusal);
        return EmptyHttpResult.Instance;
    }
}

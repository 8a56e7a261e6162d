namespace Sluice.Streaming.Responses;

/// <summary>A provider's JSON body as it is.</summary>
internal sealed class PassedOnResult(int status, ReadOnlyMemory<byte> body) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "application/json";
        httpContext.Response.ContentLength = body.Length;
        return httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}

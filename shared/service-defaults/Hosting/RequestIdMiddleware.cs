using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>
/// Gives every request its <c>x-request-id</c>: the caller's when it is 1 to 128 harmless characters, else a new one.
/// It is the request's trace identifier, stands on every answer and, as a scope, on every log record.
/// </summary>
internal sealed class RequestIdMiddleware(RequestDelegate next, ILogger<RequestIdMiddleware> logger)
{
    private const int MaxLength = 128;

    private static readonly SearchValues<char> Harmless =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/+=@~");

    public async Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers[InternalHeaders.RequestId];
        var id = given.Count == 1 && IsValid(given[0]) ? given[0]! : $"req_{Guid.CreateVersion7():N}";
        context.TraceIdentifier = id;
        context.Response.Headers[InternalHeaders.RequestId] = id;
        using (logger.BeginScope(new RequestIdScope(id)))
        {
            await next(context);
        }
    }

    internal static bool IsValid(string? id) =>
        id is { Length: > 0 and <= MaxLength } && !id.AsSpan().ContainsAnyExcept(Harmless);
}

using System.Buffers;
using Microsoft.AspNetCore.Http;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>
/// Gives every request its <c>x-request-id</c>: the caller's when it is 1 to 128 harmless characters, else a new one. It is
/// the request's trace identifier (so log scopes carry it) and stands on every answer.
/// </summary>
internal sealed class RequestIdMiddleware(RequestDelegate next)
{
    private const int MaxLength = 128;

    private static readonly SearchValues<char> Harmless =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/+=@~");

    public Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers[InternalHeaders.RequestId];
        var id = given.Count == 1 && IsValid(given[0]) ? given[0]! : $"req_{Guid.CreateVersion7():N}";
        context.TraceIdentifier = id;
        context.Response.Headers[InternalHeaders.RequestId] = id;
        return next(context);
    }

    internal static bool IsValid(string? id) =>
        id is { Length: > 0 and <= MaxLength } && !id.AsSpan().ContainsAnyExcept(Harmless);
}

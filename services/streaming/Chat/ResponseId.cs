using System.Buffers;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Streaming.Chat;

/// <summary>The public id of a completion: the gateway's, which routes by it, else one of our own.</summary>
internal static class ResponseId
{
    private const string Prefix = "chatcmpl-";
    private const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    public static string Of(HttpRequest request)
    {
        var given = request.Headers[InternalHeaders.ResponseId].ToString();
        return IsValid(given) ? given : $"{Prefix}{Guid.CreateVersion7():N}";
    }

    private static bool IsValid(string id) =>
        id.Length > Prefix.Length && id.Length <= MaxLength
        && id.StartsWith(Prefix, StringComparison.Ordinal) && !id.AsSpan().ContainsAnyExcept(Allowed);
}

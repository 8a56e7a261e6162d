using System.Text.Json;

namespace Sluice.Tasks.Http;

/// <summary>What a task of the type <c>http</c> sends, checked.</summary>
/// <param name="Url">Where to; absolute, http or https.</param>
/// <param name="Headers">Besides those of every call.</param>
/// <param name="Body">Raw JSON; empty for none.</param>
internal sealed record HttpTaskData(
    Uri Url, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    private const int MaxUrlLength = 2_048;
    private const int MaxHeaders = 32;
    private const int MaxHeaderLength = 4_096;

    /// <summary>Headers that belong to the connection or to the body, which are not the caller's.</summary>
    private static readonly HashSet<string> s_refused = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Transfer-Encoding", "Expect", "HTTP2-Settings",
    };

    /// <summary>Null with the data; the problem names the field.</summary>
    public static TaskProblem? Read(ReadOnlyMemory<byte> json, out HttpTaskData? data)
    {
        data = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement, out data);
        }
        catch (JsonException)
        {
            return TaskProblem.Invalid("The data is not valid JSON.");
        }
        catch (InvalidOperationException)
        {
            return TaskProblem.Invalid("A text in the data is not valid Unicode.");
        }
    }

    private static TaskProblem? Read(JsonElement root, out HttpTaskData? data)
    {
        data = null;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return TaskProblem.Invalid("The data must be an object with a 'url'.");
        }

        var (url, body, headers) = (default(Uri), ReadOnlyMemory<byte>.Empty, new List<KeyValuePair<string, string>>());
        foreach (var member in root.EnumerateObject())
        {
            var problem = member.Name switch
            {
                "url" => ReadUrl(member.Value, out url),
                "headers" => ReadHeaders(member.Value, headers),
                "body" => null,
                _ => TaskProblem.Invalid($"'{member.Name}' is unknown; use 'url', 'headers' and 'body'.", member.Name),
            };
            if (problem is not null)
            {
                return problem;
            }

            body = member.Name == "body" ? System.Text.Encoding.UTF8.GetBytes(member.Value.GetRawText()) : body;
        }

        if (url is null)
        {
            return TaskProblem.Invalid("'url' is missing.", "url");
        }

        data = new(url, headers, body);
        return null;
    }

    private static TaskProblem? ReadUrl(JsonElement value, out Uri? url)
    {
        url = null;
        return value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: <= MaxUrlLength } text
            && Uri.TryCreate(text, UriKind.Absolute, out url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url.UserInfo.Length == 0
                ? null
                : TaskProblem.Invalid(
                    $"'url' must be an absolute http(s) URL of at most {MaxUrlLength} characters, without user info.",
                    "url");
    }

    private static TaskProblem? ReadHeaders(JsonElement value, List<KeyValuePair<string, string>> headers)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return TaskProblem.Invalid("'headers' must be an object of strings.", "headers");
        }

        foreach (var header in value.EnumerateObject())
        {
            var path = $"headers.{header.Name}";
            if (headers.Count == MaxHeaders)
            {
                return TaskProblem.Invalid($"'headers' has more than {MaxHeaders} members.", "headers");
            }

            if (!IsToken(header.Name) || s_refused.Contains(header.Name)
                || header.Name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
                || header.Name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase))
            {
                return TaskProblem.Invalid($"'{header.Name}' is not a header that a task may set.", path);
            }

            if (header.Value.ValueKind != JsonValueKind.String
                || header.Value.GetString() is not { Length: <= MaxHeaderLength } text
                || text.Any(c => c is < ' ' or > '~'))
            {
                return TaskProblem.Invalid(
                    $"'{path}' must be a string of at most {MaxHeaderLength} printable ASCII characters.", path);
            }

            headers.Add(new(header.Name, text));
        }

        return null;
    }

    private static bool IsToken(string name) =>
        name.Length is > 0 and <= 128 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c));
}

namespace Sluice.Scheduler.Api;

/// <summary>Public ids: a prefix that names the kind, and the key's 32 hex digits.</summary>
internal static class PublicId
{
    private const string FilePrefix = "file-";
    private const string BatchPrefix = "batch_";

    public static string File(Guid id) => FilePrefix + id.ToString("N");

    public static string Batch(Guid id) => BatchPrefix + id.ToString("N");

    /// <summary>False for anything that is not exactly what <see cref="File"/> makes: such an id is unknown.</summary>
    public static bool TryParseFile(string? text, out Guid id) => TryParse(text, FilePrefix, out id);

    public static bool TryParseBatch(string? text, out Guid id) => TryParse(text, BatchPrefix, out id);

    private static bool TryParse(string? text, string prefix, out Guid id)
    {
        id = default;
        return text is not null
            && text.StartsWith(prefix, StringComparison.Ordinal)
            && Guid.TryParseExact(text.AsSpan(prefix.Length), "N", out id);
    }
}

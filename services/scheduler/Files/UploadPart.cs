using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Files;

/// <summary>One part of a multipart form.</summary>
/// <param name="Name">Name of the field; empty when the part has none.</param>
/// <param name="Filename">Null for a text field.</param>
/// <param name="Body">To be read before the next part.</param>
internal sealed record UploadPart(string Name, string? Filename, Stream Body)
{
    private const int MaxTextBytes = 1024;
    private const int MaxFilenameLength = 255;

    public static UploadPart Of(MultipartSection section)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
        {
            return new("", null, section.Body);
        }

        var filename = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName;
        return new(
            HeaderUtilities.RemoveQuotes(disposition.Name).ToString(),
            filename.HasValue ? Cleaned(HeaderUtilities.UnescapeAsQuotedString(filename).ToString()) : null,
            section.Body);
    }

    /// <summary>The value of a text field; what is longer than any known field's value is cut.</summary>
    public async Task<string> ReadTextAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxTextBytes];
        var read = await Body.ReadAtLeastAsync(buffer, MaxTextBytes, throwOnEndOfStream: false, cancellationToken);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, read);
    }

    /// <summary>
    /// Without the folders and control characters that some clients send; PostgreSQL refuses NUL in text.
    /// </summary>
    private static string Cleaned(string filename)
    {
        var name = string.Concat(filename[(filename.LastIndexOfAny(['/', '\\']) + 1)..].Where(c => !char.IsControl(c)));
        return name.Length > 0 ? StoredText.Of(name, MaxFilenameLength) : "file";
    }
}

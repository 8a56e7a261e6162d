using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Sluice.BatchStore.Blobs;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Telemetry;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Files;

/// <summary>
/// Stores one uploaded file while it arrives, in constant memory. The row of the file is inserted last: an upload that
/// is cut leaves nothing that anybody sees, and its bytes are removed at once, or by the sweep if the process died.
/// </summary>
internal sealed partial class FileUpload(
    IBlobStore blobs,
    SchedulerDbContext db,
    IOptions<FilesOptions> options,
    TimeProvider time,
    ILogger<FileUpload> logger)
{
    private const int MaxParts = 32;
    private const int MaxBoundaryLength = 200;
    private const int FrameBytes = 64 * 1024;

    private readonly UploadForm _form = new();
    private BlobInfo? _blob;
    private long _lines;
    private string? _filename;

    /// <summary>Reads the whole request. One call per instance.</summary>
    public async Task<UploadResult> RunAsync(HttpRequest request, string tenant, CancellationToken cancellationToken)
    {
        if (Boundary(request) is not { } boundary)
        {
            return OpenAiErrorResult.BadRequest("The body must be multipart/form-data with a boundary.", "file");
        }

        if (request.ContentLength > options.Value.MaxBytes + FrameBytes)
        {
            return TooLarge();
        }

        var refusal = await ReadAsync(new(boundary, request.Body), cancellationToken);
        if (refusal is not null)
        {
            await RemoveAsync();
            return refusal;
        }

        return await InsertAsync(tenant, cancellationToken);
    }

    private static string? Boundary(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= MaxBoundaryLength } boundary
            ? boundary.ToString()
            : null;

    private async Task<OpenAiErrorResult?> ReadAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        try
        {
            for (var parts = 0; await reader.ReadNextSectionAsync(cancellationToken) is { } section; parts++)
            {
                if (parts == MaxParts)
                {
                    return OpenAiErrorResult.BadRequest($"The form has more than {MaxParts} parts.");
                }

                if (await ReadPartAsync(UploadPart.Of(section), cancellationToken) is { } refusal)
                {
                    return refusal;
                }
            }

            return _blob is null
                ? OpenAiErrorResult.BadRequest("The form has no field 'file'.", "file")
                : _blob.Value.Bytes == 0
                    ? OpenAiErrorResult.BadRequest("The file is empty.", "file", "empty_file")
                    : _form.Check();
        }
        catch (BlobTooLargeException)
        {
            return TooLarge();
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException
            && !cancellationToken.IsCancellationRequested))
        {
            // The form ends before its closing boundary, or its headers are out of bounds.
            return OpenAiErrorResult.BadRequest("The multipart form is malformed or cut.", "file", "invalid_multipart");
        }
        catch
        {
            await RemoveAsync();
            throw;
        }
    }

    private async Task<OpenAiErrorResult?> ReadPartAsync(UploadPart part, CancellationToken cancellationToken)
    {
        if (part.Name != "file")
        {
            _form.Set(part.Name, await part.ReadTextAsync(cancellationToken));
            return null;
        }

        if (_blob is not null)
        {
            return OpenAiErrorResult.BadRequest("The form has more than one field 'file'.", "file");
        }

        // Two hundred megabytes need not arrive before a purpose is refused.
        if (_form.CheckSoFar() is { } refusal)
        {
            return refusal;
        }

        _filename = part.Filename ?? "file";
        await using var counted = new LineCountingStream(part.Body);
        _blob = await blobs.WriteAsync(counted, options.Value.MaxBytes, cancellationToken);
        _lines = counted.Lines;
        return null;
    }

    /// <summary>
    /// When this throws, the row may exist: its outcome is unknown to a client that lost its connection. So the bytes
    /// stay, and the sweep removes them if the row does not exist.
    /// </summary>
    private async Task<UploadResult> InsertAsync(string tenant, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var file = new StoredFile
        {
            Id = Guid.CreateVersion7(now),
            Tenant = tenant,
            Purpose = _form.Purpose,
            Filename = _filename!,
            Bytes = _blob!.Value.Bytes,
            Lines = _lines,
            Status = FileStatus.Processed,
            CreatedAt = now,
            ExpiresAt = now + _form.ExpiresAfter,
            Kind = StoredFile.Blob,
            BlobId = _blob.Value.Id,
        };
        db.Files.Add(file);
        await db.SaveChangesAsync(cancellationToken);
        SchedulerMetrics.FileStored(file.Purpose, file.Bytes);
        return file;
    }

    private OpenAiErrorResult TooLarge() => OpenAiErrorResult.TooLarge(
        $"The file is longer than {options.Value.MaxBytes} bytes.", "file", "file_too_large");

    private async Task RemoveAsync()
    {
        if (_blob is not { } blob)
        {
            return;
        }

        try
        {
            // The request's token may be the reason.
            await blobs.DeleteAsync(blob.Id, CancellationToken.None);
        }
        catch (Npgsql.NpgsqlException e)
        {
            Log.Left(logger, blob.Id, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "Could not remove the bytes of a refused upload, blob {Blob}; the sweep will")]
        public static partial void Left(ILogger logger, Guid blob, Exception failure);
    }
}

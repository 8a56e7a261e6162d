using System.Buffers;
using Microsoft.Net.Http.Headers;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Results;

namespace Sluice.Scheduler.Files;

/// <summary>
/// Sends the bytes of a file in constant memory, holding no connection of the database. Safe for concurrent use.
/// </summary>
internal sealed partial class FileContent(IBlobStore blobs, ResultPages pages, ILogger<FileContent> logger)
{
    private const int CopyBytes = 128 * 1024;

    /// <summary>
    /// Writes headers and body. A file that turns out shorter than promised (its bytes are being removed) ends in a
    /// reset connection, never in what looks like a complete answer.
    /// </summary>
    public async Task SendAsync(StoredFile file, HttpContext http)
    {
        var response = http.Response;
        response.ContentType = "application/octet-stream";
        response.ContentLength = file.Bytes;
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(file.Filename);
        response.Headers.ContentDisposition = disposition.ToString();

        await using var content = file.Kind == StoredFile.Blob
            ? blobs.OpenRead(file.BlobId!.Value)
            : pages.OpenRead(file.BatchId!.Value, (ResultKind)file.ResultKind!.Value);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            var left = file.Bytes;
            while (left > 0
                && await content.ReadAsync(buffer, http.RequestAborted) is var read and > 0)
            {
                await response.Body.WriteAsync(buffer.AsMemory(0, (int)Math.Min(read, left)), http.RequestAborted);
                left -= read;
            }

            if (left > 0)
            {
                Log.Cut(logger, Api.PublicId.File(file.Id), left);
                http.Abort();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The content of {File} ended {Missing} bytes early: it is being removed")]
        public static partial void Cut(ILogger logger, string file, long missing);
    }
}

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Data;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Files;

/// <summary>The files API: <c>/v1/files</c>.</summary>
internal static class FilesEndpoints
{
    private const int DefaultLimit = 10_000;
    private const int MaxLimit = 10_000;

    public static void MapFiles(this IEndpointRouteBuilder app)
    {
        var files = app.MapGroup("/v1/files");
        files.MapPost("", UploadAsync);
        files.MapGet("", ListAsync);
        files.MapGet("{id}", GetAsync);
        files.MapGet("{id}/content", ContentAsync);
        files.MapDelete("{id}", DeleteAsync);
    }

    public static OpenAiErrorResult NotFound(string id, string? param = null) =>
        OpenAiErrorResult.NotFound($"No such File object: {Shown(id)}", param ?? "id", "file_not_found");

    private static async Task<IResult> UploadAsync(HttpContext http, FileUpload upload)
    {
        var result = await upload.RunAsync(http.Request, http.Tenant(), http.RequestAborted);
        return result.Refusal is { } refusal
            ? refusal
            : TypedResults.Json(FileView.Of(result.File!), SchedulerJsonContext.Default.FileView);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, SchedulerDbContext db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (ListQuery.Read(http.Request.Query, DefaultLimit, MaxLimit, out var refusal) is not { } query)
        {
            return refusal!;
        }

        var purpose = http.Request.Query["purpose"] is [{ Length: > 0 } asked] ? asked : null;
        if (purpose is not null && !FilePurpose.All.Contains(purpose))
        {
            return OpenAiErrorResult.BadRequest(
                $"'purpose' must be one of {string.Join(", ", FilePurpose.All)}.", "purpose");
        }

        var found = await db.ListAsync(http.Tenant(), query, purpose, time.GetUtcNow(), cancellationToken);
        return found is null
            ? NotFound(query.After!, "after")
            : TypedResults.Json(
                ListView<FileView>.Of([.. found.Select(FileView.Of)], query.Limit, f => f.Id),
                SchedulerJsonContext.Default.ListViewFileView);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, SchedulerDbContext db, TimeProvider time, CancellationToken cancellationToken) =>
        PublicId.TryParseFile(id, out var key)
        && await db.FindAsync(http.Tenant(), key, time.GetUtcNow(), cancellationToken) is { } file
            ? TypedResults.Json(FileView.Of(file), SchedulerJsonContext.Default.FileView)
            : NotFound(id);

    private static async Task<IResult> ContentAsync(
        string id, HttpContext http, SchedulerDbContext db, FileContent content, TimeProvider time)
    {
        if (!PublicId.TryParseFile(id, out var key)
            || await db.FindAsync(http.Tenant(), key, time.GetUtcNow(), http.RequestAborted) is not { } file)
        {
            return NotFound(id);
        }

        await content.SendAsync(file, http);
        return EmptyHttpResult.Instance;
    }

    private static async Task<IResult> DeleteAsync(
        string id, HttpContext http, FileDeletion deletion, CancellationToken cancellationToken)
    {
        if (!PublicId.TryParseFile(id, out var key))
        {
            return NotFound(id);
        }

        return await deletion.DeleteAsync(http.Tenant(), key, cancellationToken) switch
        {
            FileDeletionOutcome.Deleted =>
                TypedResults.Json(new FileDeletedView(id), SchedulerJsonContext.Default.FileDeletedView),
            FileDeletionOutcome.InUse => OpenAiErrorResult.Conflict(
                $"File {id} is the input of a batch that has not ended; cancel it first.", "id", "file_in_use"),
            _ => NotFound(id),
        };
    }

    /// <summary>What a caller sent comes back, but not a page of it.</summary>
    private static string Shown(string id) => id.Length <= 64 ? id : id[..64] + "…";
}

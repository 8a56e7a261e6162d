using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Files;

/// <summary>Outcome of an upload: the file, or why there is none.</summary>
internal sealed record UploadResult(StoredFile? File, OpenAiErrorResult? Refusal)
{
    public static implicit operator UploadResult(OpenAiErrorResult refusal) => new(null, refusal);

    public static implicit operator UploadResult(StoredFile file) => new(file, null);
}

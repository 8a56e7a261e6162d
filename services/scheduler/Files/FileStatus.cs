namespace Sluice.Scheduler.Files;

/// <summary>
/// Values of a file's <c>status</c>. An upload answers only when all of it is stored, so there is one.
/// </summary>
internal static class FileStatus
{
    public const string Processed = "processed";
}
